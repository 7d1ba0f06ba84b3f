"""Runs a MongoDB-compatible server with TLS and a password, until standard input ends.

Arguments: `port data certificate user password`. It runs in the server's own environment.
"""

import sys
from typing import Any

import pymongo
from secantus import SecantusDBServer


def main(port: str, data: str, certificate: str, user: str, password: str) -> None:
    """Serve on loopback. The user is created before authentication is required."""
    server = SecantusDBServer(
        port=int(port),
        storage_path=data,
        replica_set_name=None,
        tls_cert_file=certificate,
        tls_key_file=certificate,
    )
    server.start()
    client: pymongo.MongoClient[dict[str, Any]]
    with pymongo.MongoClient("localhost", int(port), tls=True, tlsInsecure=True) as client:
        client.admin.command("createUser", user, pwd=password, roles=["root"])
    server.require_auth = True
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
