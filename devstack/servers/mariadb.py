"""MariaDB, in place of RDS MySQL: a private server on a private data directory."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import override

import pymysql

from devstack import tools
from devstack.console import StackError
from devstack.process import tail
from devstack.servers.base import Server
from devstack.state import LOOPBACK

SQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)  # MySQL 8's

_MODES = {"UMASK": "0600", "UMASK_DIR": "0700"}
"""The modes of MariaDB's files. It does not use the process's umask."""


class MariaDB(Server):
    """MariaDB with MySQL 8's settings. A commit is on disk when it returns."""

    name = "mariadb"

    @property
    def _tmpdir(self) -> Path:
        """A private folder, because MariaDB deletes all temporary tables in it when it starts."""
        return self.data.with_name("mariadb.tmp")

    @property
    def _user(self) -> list[str]:
        """Options for the user to run as. MariaDB refuses to start as root without one."""
        return ["--user=root"] if os.geteuid() == 0 else []

    @override
    def prepare(self) -> None:
        self._tmpdir.mkdir(parents=True, exist_ok=True)
        if not self.data.exists():
            self._install()
        init_file = self.data / "gorder-init.sql"
        init_file.touch(mode=0o600)
        init_file.write_text(self._init_sql())

    def _install(self) -> None:
        unfinished = self.data.with_name("mariadb.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        with self.log.open("ab") as log:
            result = subprocess.run(
                [
                    tools.mariadb_binary("mariadb-install-db"),
                    "--no-defaults",
                    *self._user,
                    f"--datadir={unfinished}",
                    f"--tmpdir={self._tmpdir}",
                    "--auth-root-authentication-method=socket",
                    "--skip-test-db",
                ],
                env={**os.environ, **_MODES},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        if result.returncode != 0:
            raise StackError(f"mariadb-install-db failed; {tail(self.log, 40)}")
        unfinished.rename(self.data)

    def _init_sql(self) -> str:
        """Return the SQL of each start. Tests have databases of their own: `gorder…`."""
        password = self._state.secrets.mysql_password
        statements = (
            "CREATE DATABASE IF NOT EXISTS gorder",
            "CREATE USER IF NOT EXISTS 'gorder'@'127.0.0.1'",
            f"ALTER USER 'gorder'@'127.0.0.1' IDENTIFIED BY '{password}'",
            "GRANT ALL PRIVILEGES ON `gorder%`.* TO 'gorder'@'127.0.0.1'",
        )
        return "".join(f"{statement};\n" for statement in statements)

    @override
    def command(self) -> list[str]:
        return [
            tools.mariadb_binary("mariadbd"),
            "--no-defaults",
            *self._user,
            f"--datadir={self.data}",
            f"--tmpdir={self._tmpdir}",
            f"--port={self.port}",
            f"--bind-address={LOOPBACK}",
            "--skip-name-resolve",
            "--socket=mariadb.sock",  # inside the data directory: a path there may be too long
            "--pid-file=mariadb.pid",
            f"--init-file={self.data / 'gorder-init.sql'}",
            "--innodb-flush-log-at-trx-commit=1",
            "--innodb-lock-wait-timeout=1",  # as in template.yaml
            "--innodb-buffer-pool-size=128M",
            "--innodb-log-file-size=48M",
            "--loose-innodb-snapshot-isolation=OFF",  # on since 11.6; MySQL has no such thing
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            f"--sql-mode={SQL_MODE}",
            "--transaction-isolation=REPEATABLE-READ",
            "--skip-log-bin",
            "--max-connections=300",
        ]

    @override
    def environment(self) -> dict[str, str]:
        return {**super().environment(), **_MODES}

    @override
    def problem(self) -> str | None:
        try:
            connection = pymysql.connect(
                host=LOOPBACK,
                port=self.port,
                user="gorder",
                password=self._state.secrets.mysql_password,
                database="gorder",
                connect_timeout=3,
                read_timeout=3,
            )
            connection.ping(reconnect=False)
            connection.close()
        except pymysql.Error as error:
            return str(error)
        return None
