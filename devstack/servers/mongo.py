"""A server that speaks MongoDB's wire protocol, in place of DocumentDB."""

from typing import Any, override

import pymongo
from pymongo.errors import PyMongoError

from devstack import tools
from devstack.servers.base import Server
from devstack.state import LOOPBACK, USER


class Mongo(Server):
    """SecantusDB as a replica set of one."""

    name = "mongo"

    @override
    def command(self) -> list[str]:
        python = tools.environment("mongo") / "bin" / "python"
        return [str(python), "-m", "devstack.mongo_server", str(self.port), str(self.data), USER]

    @override
    def environment(self) -> dict[str, str]:
        return {**super().environment(), "MONGO_PASSWORD": self._state.secrets.mongo_password}

    @override
    def problem(self) -> str | None:
        try:
            client: pymongo.MongoClient[dict[str, Any]]
            with pymongo.MongoClient(
                LOOPBACK,
                self.port,
                username=USER,
                password=self._state.secrets.mongo_password,
                directConnection=True,
                serverSelectionTimeoutMS=3000,
            ) as client:
                client.admin.command("connectionStatus")  # unlike `ping`, only after the password
        except PyMongoError as error:
            return str(error)
        return None
