"""A database of vulnerabilities with OSV's query API, on loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class _Query(BaseHTTPRequestHandler):
    known: dict[str, dict[str, Any]]

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = self.known.get(query["package"]["name"])
        body = json.dumps({"vulns": [found]} if found else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def database_of(known: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Serve these vulnerabilities, by package, and yield the address for queries."""
    handler = type("Query", (_Query,), {"known": known})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        finally:
            server.shutdown()
            thread.join()


def vulnerability(package: str, id_: str, fixed: str) -> dict[str, Any]:
    """Return a vulnerability of every release before the fixed one, as OSV describes it."""
    return {
        "schema_version": "1.7.0",
        "id": id_,
        "aliases": [f"CVE-{id_}"],
        "summary": "A made-up vulnerability",
        "affected": [
            {
                "package": {"name": package, "ecosystem": "PyPI"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}
                ],
            }
        ],
    }
