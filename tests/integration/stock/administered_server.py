"""A MariaDB of which the test is the administrator."""

from typing import override

from devstack.servers.mariadb import MariaDB


class AdministeredMariaDB(MariaDB):
    """Has an administrator. The store's user has no privilege to write to a read-only server."""

    def url(self, user: str) -> str:
        """Return the URL of the database for a user of the server: `gorder` or `root`."""
        password = self._state.secrets.mysql_password
        return f"mysql://{user}:{password}@127.0.0.1:{self.port}/gorder"

    @override
    def _init_sql(self) -> str:
        password = self._state.secrets.mysql_password
        return super()._init_sql() + (
            f"CREATE OR REPLACE USER 'root'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
            "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n"
        )
