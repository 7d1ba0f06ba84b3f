"""`python -m devstack up|down|status|…`: the local cloud from the command line."""

import argparse
import os
import shlex
import shutil
import sys
import time

from devstack import webhook
from devstack.console import StackError, say
from devstack.emf import metrics
from devstack.real_stripe import account_in
from devstack.segments import collected
from devstack.servers.xray import XRayCollector
from devstack.stack import SERVERS, Stack
from devstack.waterfall import waterfall


def main() -> int:
    """Run one command; the exit status."""
    arguments = _parser().parse_args()
    try:
        return _run(_stack(arguments), arguments)
    except StackError as error:
        say(f"gorder: {error}")
        return 1
    except KeyboardInterrupt:
        say("gorder: interrupted; the same command carries on from here")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start, build and deploy what is not yet")
    up.add_argument("--docker", action="store_true", help="servers as compose.yaml has them")
    commands.add_parser("down", help="stop everything; data stays")
    commands.add_parser("status", help="what runs, and what to do about what does not")
    commands.add_parser("reset", help="stop everything and wipe all data")
    commands.add_parser("env", help="shell exports for whoever wants to talk to it")
    logs = commands.add_parser("logs", help="follow the log of a function or a server")
    logs.add_argument("name", nargs="?", help="create_order, mariadb, ...; none: list them")
    trace = commands.add_parser("trace", help="the waterfall of an order across functions")
    trace.add_argument("order_id", metavar="ORDER")
    commands.add_parser("metrics", help="what the functions have measured")
    return parser


def _stack(arguments: argparse.Namespace) -> Stack:
    """What it is like is decided when it is brought up."""
    if arguments.command != "up":
        return Stack(parameters=_parameters())
    account = account_in(os.environ)
    return Stack(parameters=_parameters(), real_stripe=account, docker=arguments.docker)


def _parameters() -> dict[str, str]:
    """Template parameters a developer may set in the environment."""
    seconds = os.environ.get("GORDER_COOKING_SECONDS")
    return {"CookingSeconds": seconds} if seconds else {}


def _run(stack: Stack, arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "up":
            _up(stack)
        case "down":
            stack.down()
            say("The local cloud is down; its data stays in " + str(stack.directory.path))
        case "reset":
            stack.reset()
            say("The local cloud is down and its data is gone")
        case "status":
            return _status(stack)
        case "env":
            for name, value in stack.env().items():
                print(f"export {name}={shlex.quote(value)}")
        case "logs":
            _logs(stack, arguments.name)
        case "trace":
            _trace(stack, arguments.order_id)
        case "metrics":
            print(metrics(stack.directory.function_logs))
    return 0


def _up(stack: Stack) -> None:
    started = time.monotonic()
    stack.up()
    say(f"The local cloud is up ({time.monotonic() - started:.1f} s). make status, make env")
    if stack.real_stripe:
        url = stack.env()["GORDER_API_URL"] + webhook.PATH
        say(f"Stripe is the real one; to hear of payments: stripe listen --forward-to {url}")


def _status(stack: Stack) -> int:
    report = stack.status()
    print(f"{'PART':15} {'PID':>8} {'PORT':>6}  STATE")
    for health in report:
        state = "well" if health.trouble is None else f"{health.trouble} → make up"
        print(f"{health.server:15} {health.pid or '-':>8} {health.port or '-':>6}  {state}")
    return 1 if any(health.trouble for health in report) else 0


def _logs(stack: Stack, name: str | None) -> None:
    parts = {log: stack.directory.log(log) for log in (*(kind.name for kind in SERVERS), "sam")}
    logs = {**parts, **stack.functions()}
    if name is None:
        print("make logs F=NAME, with one of:", *sorted(logs), sep="\n  ")
    elif name not in logs:
        raise StackError(f"There is no log of {name}: choose one of {', '.join(sorted(logs))}")
    else:
        os.execvp("tail", ["tail", "-n", "100", "-F", str(logs[name])])  # noqa: S606 - tail takes over the terminal


def _trace(stack: Stack, order_id: str) -> None:
    if not order_id:
        raise StackError("Of which order? make trace ORDER=<order id>")
    width = max(80, shutil.get_terminal_size().columns)
    print(waterfall(order_id, collected(stack.directory.data(XRayCollector.name)), width))


if __name__ == "__main__":
    sys.exit(main())
