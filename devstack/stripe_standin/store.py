"""The stand-in's data, in one SQLite file. An acknowledged write is never lost."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.stripe_standin.stripe_json import JsonObject

TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    body TEXT NOT NULL, private TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS open_sessions ON objects (json_extract(body, '$.expires_at'))
    WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open';
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, endpoint TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL,
    last_result TEXT);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
CREATE INDEX IF NOT EXISTS pending_deliveries ON deliveries (due) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Stores API objects by id, and runs SQL for the modules with tables of their own.

    Only one process may use the file, from any of its threads. A transaction holds the only
    connection, so transactions are serial.

    Raises:
        RuntimeError: another process uses the file.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        try:
            self._db.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                f"BEGIN;{TABLES}COMMIT;"
            )
        except sqlite3.OperationalError as error:
            self._db.close()
            raise RuntimeError(
                f"{path} cannot be opened ({error}): stop the stand-in that uses it, "
                "or choose another --data"
            ) from error

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all writes of the block, or none. Blocks may be nested: the outermost commits."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def execute(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def add(self, body: JsonObject, private: JsonObject | None = None) -> None:
        """Store a new object, with private data that no response includes."""
        self.execute(
            "INSERT INTO objects (id, kind, body, private) VALUES (?, ?, ?, ?)",
            *(body["id"], body["object"], json.dumps(body), json.dumps(private or {})),
        )

    def save(self, body: JsonObject) -> None:
        """Store the new state of an object."""
        self.execute("UPDATE objects SET body = ? WHERE id = ?", json.dumps(body), body["id"])

    def save_private(self, object_id: str, private: JsonObject) -> None:
        self.execute("UPDATE objects SET private = ? WHERE id = ?", json.dumps(private), object_id)

    def delete(self, object_id: str) -> None:
        self.execute("DELETE FROM objects WHERE id = ?", object_id)

    def find(self, object_id: str) -> JsonObject | None:
        rows = self.execute("SELECT body FROM objects WHERE id = ?", object_id)
        return _loaded(rows[0]["body"]) if rows else None

    def private(self, object_id: str) -> JsonObject:
        [row] = self.execute("SELECT private FROM objects WHERE id = ?", object_id)
        return _loaded(row["private"])

    def newest_first(self, kind: str) -> Iterator[JsonObject]:
        rows = self.execute("SELECT body FROM objects WHERE kind = ? ORDER BY seq DESC", kind)
        return (_loaded(row["body"]) for row in rows)

    def overdue_sessions(self, now: int) -> list[JsonObject]:
        """List the open Checkout Sessions whose `expires_at` has passed."""
        rows = self.execute(
            "SELECT body FROM objects WHERE kind = 'checkout.session' AND "
            "json_extract(body, '$.status') = 'open' AND json_extract(body, '$.expires_at') <= ?",
            now,
        )
        return [_loaded(row["body"]) for row in rows]

    def setting(self, name: str, default: str) -> str:
        rows = self.execute("SELECT value FROM settings WHERE name = ?", name)
        return str(rows[0]["value"]) if rows else default

    def set_setting(self, name: str, value: str) -> None:
        self.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, value)

    def wipe(self) -> None:
        with self.transaction():
            for table in ("objects", "idempotency", "deliveries", "settings"):
                self.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are literals above


def _loaded(text: str) -> JsonObject:
    loaded: JsonObject = json.loads(text)
    return loaded
