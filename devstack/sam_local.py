"""`sam local`: functions in containers, on the local cloud's servers (docs/sam-local.md).

`python -m devstack.sam_local` serves the API; with `create_order/two_products` it sends the event
of that name under events/ to its function.
"""

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from devstack import env, sam
from devstack.console import StackError, exit_status
from devstack.container_environment import container_environment
from devstack.containers import HOST, Docker, find_docker
from devstack.private_files import set_private_umask
from devstack.process import with_identity
from devstack.state import ROOT, Directory, State, free_port, is_free
from devstack.template import function_id

EVENTS = ROOT / "events"
PORT = 3000  # SAM's default
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Serve the API until it is interrupted, or invoke one function; SAM's exit status."""
    parser = argparse.ArgumentParser(prog="devstack.sam_local", description=__doc__)
    parser.add_argument("event", nargs="?", help="create_order/two_products, ...")
    event = parser.parse_args().event
    set_private_umask()
    directory, docker = Directory.default(), find_docker()
    if event is not None:
        return _run(directory, docker, invoke(event), identity=None)
    port = _port()
    return _run(directory, docker, start_api(port), directory.sam_local_identity(port))


def start_api(port: int) -> list[str]:
    """Return SAM's arguments that serve the API."""
    return ["start-api", "--port", str(port)]


def invoke(event: str) -> list[str]:
    """Return SAM's arguments that invoke a function with an event, named as under events/.

    Raises:
        StackError: there is no such event.
    """
    file = EVENTS / f"{event}.json"
    if not file.is_file():
        names = sorted(str(path.relative_to(EVENTS).with_suffix("")) for path in EVENTS.glob("*/*"))
        raise StackError("\n  ".join(["make sam-invoke E=EVENT, with one of:", *names]))
    return ["invoke", function_id(file.parent.name), "--event", str(file)]


def command(directory: Directory, docker: Docker, arguments: Sequence[str]) -> list[str]:
    """Return the whole command line, with the stack's own template, variables and images."""
    options = ["--template-file", str(sam.built_template(directory.build))]
    options += ["--parameter-overrides", *sam.overrides({"Architecture": sam.ARCHITECTURE})]
    options += ["--env-vars", str(environment_file(directory))]
    options += ["--layer-cache-basedir", str(directory.build / "images")]
    return sam.command("local", *arguments, *options, *docker.arguments)


def environment_file(directory: Directory) -> Path:
    """Return the file of the functions' variables."""
    return directory.path / "run" / "sam-local.json"


def write_environment(directory: Directory, aws: Mapping[str, str], host: str) -> None:
    """Write the functions' variables. Each run writes them again, because addresses change."""
    variables = container_environment(aws, host)
    environment_file(directory).write_text(json.dumps(variables, indent=2))


def _run(
    directory: Directory, docker: Docker, arguments: Sequence[str], identity: Path | None
) -> int:
    env.variables(directory)  # the stack is up
    state = State.load(directory.state)
    aws = sam.variables(state)
    write_environment(directory, aws, HOST)
    environment = sam.environment({**aws, "DOCKER_HOST": docker.socket})
    with docker.reaching(state.ports.values()):
        return run_in_foreground(command(directory, docker, arguments), environment, identity)


def run_in_foreground(
    command: Sequence[str], environment: Mapping[str, str], identity: Path | None
) -> int:
    """Run a command until it ends, and return its exit status.

    Ctrl-C and the end of this process end the command with SIGTERM, on which SAM removes its
    containers. It has a session of its own, so that Ctrl-C does not reach it twice.

    Args:
        command: the command line.
        environment: all variables of the command.
        identity: the file in which `make down` finds the process; None if it ends by itself.
    """
    if identity:
        command = with_identity(command, identity)
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", "--", *command],
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )

    def terminate(_signal: int, _frame: FrameType | None) -> None:
        process.terminate()

    for number in _SIGNALS:
        signal.signal(number, terminate)
    try:
        status = process.wait()
        return 128 - status if status < 0 else status  # as a shell reports the end by a signal
    finally:
        if identity:
            identity.unlink(missing_ok=True)


def _port() -> int:
    return PORT if is_free(PORT) else free_port(set())


if __name__ == "__main__":
    sys.exit(exit_status(main))
