"""A server that speaks MongoDB's wire protocol, in place of DocumentDB."""

from typing import Any, override

import pymongo
from pymongo.errors import PyMongoError

from devstack import tools
from devstack.servers.base import Server
from devstack.state import LOOPBACK


class Mongo(Server):
    """SecantusDB as a replica set of one."""

    name = "mongo"

    @override
    def command(self) -> list[str]:
        python = tools.environment("mongo") / "bin" / "python"
        return [str(python), "-m", "devstack.mongo_server", str(self.port), str(self.data)]

    @override
    def problem(self) -> str | None:
        try:
            client: pymongo.MongoClient[dict[str, Any]]
            with pymongo.MongoClient(
                LOOPBACK, self.port, directConnection=True, serverSelectionTimeoutMS=3000
            ) as client:
                client.admin.command("ping")
        except PyMongoError as error:
            return str(error)
        return None
