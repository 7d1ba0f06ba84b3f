"""What an error of MySQL 8.4/9, MariaDB 10.11 or RDS Proxy means for the statement that caused it.

https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html,
https://mariadb.com/kb/en/mariadb-error-code-reference/
"""

from enum import StrEnum
from typing import Final

import pymysql
from pymysql.constants import CR


class MysqlFault(StrEnum):
    """What to do about an error."""

    RACE = "race"  # the transaction is rolled back: run it again
    LOST = "lost"  # this connection is of no more use: run it again on a new one, once
    BUSY = "busy"  # the server has no room or time: a later request may succeed
    DEFECT = "defect"  # the statement or a setting is wrong


_RACE: Final = {
    1020,  # MariaDB: the record has changed since it was read, with snapshot isolation
    1062,  # duplicate key: another request has inserted the same row
    1205,  # lock wait timeout
    1213,  # deadlock
    1412,  # a migration has changed the table since the transaction began
    1615,  # a migration has changed the table since the statement was prepared
    3101,  # group replication has rolled the transaction back
    3572,  # lock not available with NOWAIT
}
_READ_ONLY: Final = {
    # The server became a replica, or was one when the session began. A new connection reaches the
    # primary, through the name in the URL or through the proxy.
    1036,  # the table is read-only, as MariaDB answers with innodb_read_only
    1290,  # read_only, super_read_only
    1792,  # transaction_read_only
    1836,  # read-only mode
    1874,  # innodb_read_only
}
_LOST: Final = {
    0,  # PyMySQL: the connection is closed already, or its replies cannot be read
    1053,  # server shutdown in progress
    1079,  # shutdown complete
    1080,  # the server closes the connection
    1152,  # the server has aborted the connection
    1158,  # the server could not read a packet
    1159,  # the server did not receive a packet in time
    1160,  # the server could not write a packet
    1161,  # the server did not write a packet in time
    1184,  # the server has aborted the connection
    1927,  # MariaDB: connection was killed
    3032,  # offline mode: all sessions are ended, for example before a failover
    3168,  # the server is not available: it starts or shuts down
    3169,  # MySQL: session was killed
    4031,  # MySQL: disconnected after inactivity
    9501,  # RDS Proxy: no connection to the database became free in time
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,  # also a statement that was not sent, because of the function's deadline
    CR.CR_SSL_CONNECTION_ERROR,
    CR.CR_MALFORMED_PACKET,
    CR.CR_SERVER_LOST_EXTENDED,
}
_BUSY: Final = {
    # A proxy connects to the database at a statement, so each of these can be its answer.
    1021,  # disk full: RDS adds storage
    1037,  # out of memory
    1038,  # out of memory for sorting
    1040,  # too many connections
    1041,  # out of memory
    1114,  # the table is full, as InnoDB answers when the disk is
    1129,  # the host is blocked after connection errors
    1135,  # no thread for the connection
    1203,  # too many connections of the user
    1206,  # too many locks
    1226,  # a limit of the user: connections, or statements in an hour
    1317,  # a person has interrupted the statement
    1637,  # too many transactions
    1969,  # MariaDB: max_statement_time
    3024,  # MySQL: max_execution_time
}
# Answers to a login that a person must correct. All others may pass: a refused password does when
# the secret has the new one.
_LOGIN_DEFECTS: Final = {
    1044,  # the user may not use the database
    1049,  # there is no such database
    1130,  # the user may not connect from this address
    1193,  # the server does not know a variable of the session, so it is too old
    1227,  # the user may not set a variable of the session
    1231,  # the server does not know a variable's value
    1251,  # the server wants a password in a form that PyMySQL does not have
    3159,  # the server accepts connections with TLS only
    CR.CR_AUTH_PLUGIN_CANNOT_LOAD,
}
_FAULTS: Final = {
    **dict.fromkeys(_RACE, MysqlFault.RACE),
    **dict.fromkeys(_READ_ONLY | _LOST, MysqlFault.LOST),
    **dict.fromkeys(_BUSY, MysqlFault.BUSY),
}


def fault_of(error: pymysql.MySQLError) -> MysqlFault:
    """Classify the error of a statement."""
    return _FAULTS.get(_errno(error), MysqlFault.DEFECT)


def is_login_defect(error: pymysql.MySQLError) -> bool:
    """Return whether a person must correct a setting before a connection can be opened."""
    return _errno(error) in _LOGIN_DEFECTS


def text_of(error: pymysql.MySQLError) -> str:
    """Return the error's number and text."""
    return " ".join(str(part) for part in error.args)


def _errno(error: pymysql.MySQLError) -> int:
    """Return the error's number, or 0: PyMySQL's protocol errors mean a broken connection."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0
