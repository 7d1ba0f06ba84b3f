"""Answer requests in this process, on stores that it can reach."""

import logging
import os
import sys
from contextlib import redirect_stdout
from functools import cached_property
from io import StringIO
from typing import TYPE_CHECKING

from gorder.back_office.office import answer
from gorder.clients.store_url import InvalidUrlError
from gorder.contracts.back_office import BackOfficeRequest
from gorder.errors import GorderError
from gorder.runtime.errors import MissingSettingError
from ops.errors import CommandError, ExitCode, exit_code
from ops.function import DeployedStack
from ops.identity import user_name
from ops.settings import variable
from ops.transport import Reply

if TYPE_CHECKING:
    from ops.offices import ReachableOffices


class ReachableStores:
    """Implements `Transport` on the stores that the environment names."""

    def __init__(self, stack: DeployedStack) -> None:
        _quiet_telemetry()
        self._stack = stack

    def ask(self, request: BackOfficeRequest) -> Reply:
        """Run the command or query."""
        try:
            with redirect_stdout(StringIO()):  # a metric of its own is printed although all are off
                return answer(self._offices, request, trace_id="").model_dump(mode="json")
        except GorderError as error:
            raise _failure(error) from error

    def migrate(self) -> Reply:
        """Migrate MySQL, and MongoDB if its variable is set."""
        from gorder.bootstrap import migrate  # noqa: PLC0415 - after telemetry is set

        try:
            done: Reply = {"applied": migrate.migrate_mysql(variable("GORDER_MYSQL_URL"))}
            if url := os.environ.get("GORDER_MONGO_URL"):
                done["indexes"] = migrate.index_mongo(url)
                done["watched"] = migrate.watch_paid_orders(url)
                done["dated"] = migrate.date_orders(url)
                done["money_days"] = migrate.set_money_days(url)
                done["changes_dated"] = migrate.date_changes(url)
        except GorderError as error:
            raise _failure(error) from error
        return done

    def identity(self) -> str:
        """Return the user of this process."""
        return user_name()

    def log_group(self) -> None:
        """There may be no stack to ask."""

    @cached_property
    def _offices(self) -> "ReachableOffices":
        from ops.offices import ReachableOffices  # noqa: PLC0415 - imports every SDK

        return ReachableOffices(self._stack)


def _failure(error: GorderError) -> CommandError:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, InvalidUrlError | MissingSettingError):
        return CommandError(text, ExitCode.USAGE)
    return CommandError(text, exit_code(error.kind))


def _quiet_telemetry() -> None:
    """Trace and measure nothing, and log only errors, to stderr. Set before the first import."""
    os.environ |= {
        "POWERTOOLS_TRACE_DISABLED": "true",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "POWERTOOLS_SERVICE_NAME": "gorder",
    }
    from gorder.runtime.observability import logger  # noqa: PLC0415 - reads the variables

    logger.setLevel(logging.ERROR)
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)
