"""A server that speaks MongoDB's wire protocol, in place of DocumentDB.

It runs in an environment of its own. A commit is on the disk before it is acknowledged. Features
that DocumentDB lacks are refused, so that nothing works here that would not work on AWS.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from typing import Any

from secantus import SecantusDBServer, server
from secantus.auth import SCRAM_SHA_256, derive_credentials

from devstack.documentdb import refused

NOT_SUPPORTED = 303  # as DocumentDB answers

_dispatch = server.dispatch


def dispatch(body: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Run a command, or refuse it as DocumentDB would."""
    if missing := refused(next(iter(body)), body):
        text = f"Feature not supported by DocumentDB: {', '.join(missing)}"
        return {"ok": 0.0, "errmsg": text, "code": NOT_SUPPORTED, "codeName": "NotSupported"}
    response: dict[str, Any] = _dispatch(body, context)
    return response


def set_password(mongo: SecantusDBServer, user: str, password: str) -> None:
    """Create the only user, or give it a new password, before the server listens."""
    record = {
        "_id": f"admin.{user}",
        "user": user,
        "db": "admin",
        "credentials": derive_credentials(password).to_doc(),
        "roles": [{"role": "root", "db": "admin"}],
        "mechanisms": [SCRAM_SHA_256],
    }
    mongo.storage.add_user("admin", user, record, replace=True)


def main(port: int, data: str, user: str) -> None:
    """Serve on loopback until SIGTERM. The password is in MONGO_PASSWORD."""
    server.dispatch = dispatch
    mongo = SecantusDBServer(
        host="127.0.0.1",
        port=port,
        storage_path=data,
        replica_set_name="rs0",
        require_auth=True,
        sync_on_commit=True,
        ttl_sweep_seconds=1.0,
        enable_test_commands=False,
        cache_size="256M",
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    set_password(mongo, user, os.environ["MONGO_PASSWORD"])
    mongo.start()
    ended.wait()
    mongo.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
