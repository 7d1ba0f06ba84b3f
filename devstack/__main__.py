"""`python -m devstack up|down|reset`: start and stop the local cloud."""

import argparse
import os
import sys
import time

from devstack import deployment, webhook
from devstack.console import exit_status, say
from devstack.real_stripe import account_in
from devstack.stack import Stack


def main() -> None:
    """Run the command of the command line."""
    arguments = _parser().parse_args()
    if arguments.command == "up":
        _up(docker=arguments.stack == "compose")
        return
    stack = Stack()
    if arguments.command == "down":
        stack.down()
        say(f"The local cloud is down. Its data stays in {stack.directory.path}")
    else:
        stack.reset()
        say("The local cloud is down and its data is deleted")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start the servers, build and deploy what has changed")
    up.add_argument("--stack", choices=["compose"], help="servers in Docker, by compose.yaml")
    commands.add_parser("down", help="stop the servers; the data stays")
    commands.add_parser("reset", help="stop the servers and delete all data")
    return parser


def _up(*, docker: bool) -> None:
    account = account_in(os.environ)
    if os.geteuid() == 0:
        say(
            "  ! make runs as root, so the functions do too: run it as an ordinary user. "
            "Only installing MariaDB needs root"
        )
    stack = Stack(parameters=deployment.parameters(), real_stripe=account, docker=docker)
    started = time.monotonic()
    stack.up()
    environment = stack.env()
    say(
        f"The local cloud is up ({time.monotonic() - started:.1f} s). The shop: "
        f"{environment['GORDER_PAGES_URL']}. Next: make status, make env"
    )
    if stack.real_stripe:
        url = environment["GORDER_API_URL"] + webhook.PATH
        say(f"It uses the real Stripe. To receive its webhooks: stripe listen --forward-to {url}")


if __name__ == "__main__":
    sys.exit(exit_status(main))
