"""`make env`: the variables by which other programs reach the local cloud.

It is run in every new shell, so it imports no client of a server.
"""

import shlex
import sys

from devstack import sam
from devstack.console import StackError, exit_status
from devstack.process import Process
from devstack.state import Directory, State

CONTROL_KEY = "STRIPE_CONTROL_KEY"
"""The variable with the key of the stand-in's test controls."""


def main() -> None:
    """Print the variables as shell exports."""
    for name, value in variables(Directory.default()).items():
        print(f"export {name}={shlex.quote(value)}")


def variables(directory: Directory) -> dict[str, str]:
    """Return the addresses and credentials of a stack that is up.

    Raises:
        StackError: a server does not run, or nothing is deployed.
    """
    state = State.load(directory.state)
    stopped = [server for server in _servers(state) if not Process.read(directory.identity(server))]
    if stopped:
        raise StackError(f"The local cloud is not up ({', '.join(stopped)} not running): make up")
    deployed = state.deployment
    if deployed is None or not deployed.code:
        raise StackError("The local cloud is not up (template.yaml is not deployed): make up")
    return {
        "GORDER_API_URL": deployed.api_url,
        "GORDER_PAGES_URL": state.url("pages"),
        "GORDER_STACK": sam.STACK,
        "GORDER_MENU_PRODUCTS": "all",
        "STRIPE_API_BASE": state.stripe.api_base,
        "STRIPE_API_KEY": state.stripe.api_key,
        "STRIPE_WEBHOOK_SECRET": state.stripe.webhook_secret,
        **({} if state.real_stripe else {CONTROL_KEY: state.secrets.standin_control_key}),
        **sam.variables(state),
        **store_addresses(state),
    }


def store_addresses(state: State) -> dict[str, str]:
    """Return the addresses of the data stores that the stack has."""
    return {
        **({"GORDER_MYSQL_URL": state.mysql_url} if "mariadb" in state.ports else {}),
        **({"GORDER_REDIS_URL": state.redis_url} if "valkey" in state.ports else {}),
        **({"GORDER_MONGO_URL": state.mongo_url} if "mongo" in state.ports else {}),
    }


def _servers(state: State) -> list[str]:
    """Return the servers that the stack has started, all of them once it is deployed.

    A stack of an earlier release has no pages.
    """
    names = dict.fromkeys([*state.ports, "pages"])
    return [name for name in names if not (name == "stripe" and state.real_stripe)]


if __name__ == "__main__":
    sys.exit(exit_status(main))
