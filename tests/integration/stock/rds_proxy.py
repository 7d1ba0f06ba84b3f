"""What makes RDS Proxy pin a session to one connection of the database.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html
"""

import re
from typing import Final

LONGEST_STATEMENT: Final = 16 * 1024
TRACKED: Final = {
    "autocommit",
    "auto_increment_increment",
    "character_set_client",
    "character_set_connection",
    "character_set_database",
    "character_set_filesystem",
    "character_set_results",
    "character_set_server",
    "collation_connection",
    "collation_database",
    "collation_server",
    "interactive_timeout",
    "net_write_timeout",
    "query_cache_type",
    "session_track_schema",
    "sql_mode",
    "time_zone",
    "transaction_isolation",
    "transaction_read_only",
    "tx_isolation",
    "tx_read_only",
    "wait_timeout",
}
"""Variables whose values the proxy keeps itself. A session is not pinned when it sets them."""

_TEXT: Final = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`")
_PINNING: Final = {
    "a lock of tables": r"\bLOCK\s+TABLES?\b|\bFLUSH\s+TABLES\b",
    "a named lock": r"\bGET_LOCK\s*\(",
    "a temporary table": r"\bCREATE\s+TEMPORARY\b",
    "the outcome of an earlier statement": r"\b(?:ROW_COUNT|FOUND_ROWS|LAST_INSERT_ID)\s*\(\s*\)",
    "a prepared statement": r"^\s*(?:PREPARE|EXECUTE|DEALLOCATE)\b",
    "an executable comment": r"/\*M?!",
    "a user variable": r"(?<![\w@])@(?!@)",
    "a setting of the next transaction": r"^\s*SET\s+TRANSACTION\b",
}
_SESSION_ISOLATION: Final = re.compile(
    r"SESSION\s+TRANSACTION\s+ISOLATION\s+LEVEL\b.*", re.IGNORECASE
)
_CHARACTERS: Final = re.compile(r"(?:NAMES|CHARACTER\s+SET|CHARSET)\b.*", re.IGNORECASE)
_SCOPE: Final = re.compile(r"(?:SESSION|LOCAL)\s+|@@(?:SESSION\.|LOCAL\.)?", re.IGNORECASE)


def pinning_by(statement: str) -> list[str]:
    """Return why the proxy would pin the session that sends this statement, if it would."""
    code = _TEXT.sub("''", statement)
    found = [reason for reason, form in _PINNING.items() if re.search(form, code, re.IGNORECASE)]
    if len(statement.encode()) > LONGEST_STATEMENT:
        found.append("more than 16 KB")
    if not found and (settings := re.match(r"\s*SET\s+(.*)", code, re.IGNORECASE | re.DOTALL)):
        found += [f"the variable {name}" for name in _set(settings[1]) if name not in TRACKED]
    return found


def _set(settings: str) -> list[str]:
    """Return the names of the variables that a SET statement sets."""
    if _SESSION_ISOLATION.fullmatch(settings) or _CHARACTERS.fullmatch(settings):
        return []
    names = (setting.partition("=")[0] for setting in settings.split(","))
    return [_SCOPE.sub("", name).strip().lower() for name in names]
