"""`sam local`: functions in containers, on the local cloud's servers (docs/sam-local.md).

`python -m devstack.sam_local` serves the API; with `create_order/two_products` it gives the event
of that name, under events/, to its function.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from devstack import sam
from devstack.console import StackError, say
from devstack.container_environment import container_environment
from devstack.containers import HOST, Docker, find_docker
from devstack.stack import Stack
from devstack.state import ROOT, Directory, State, free_port, is_free

EVENTS = ROOT / "events"
PORT = 3000  # SAM's own


def main() -> int:
    """Serve the API until it is interrupted, or invoke one function; the exit status."""
    parser = argparse.ArgumentParser(prog="devstack.sam_local", description=__doc__)
    parser.add_argument("event", nargs="?", help="create_order/two_products, ...")
    event = parser.parse_args().event
    try:
        stack, docker = Stack(), find_docker()
        what = start_api(_port()) if event is None else invoke(event)
        return _run(stack, docker, what)
    except StackError as error:
        say(f"gorder: {error}")
        return 1


def start_api(port: int) -> list[str]:
    """SAM's arguments for the API."""
    return ["start-api", "--port", str(port)]


def invoke(event: str) -> list[str]:
    """SAM's arguments for one event, named as under events/.

    Raises:
        StackError: there is no such event.
    """
    file = EVENTS / f"{event}.json"
    if not file.is_file():
        names = sorted(str(path.relative_to(EVENTS).with_suffix("")) for path in EVENTS.glob("*/*"))
        raise StackError("\n  ".join(["make sam-invoke E=EVENT, with one of:", *names]))
    function = f"{file.parent.name.title().replace('_', '')}Function"
    return ["invoke", function, "--event", str(file)]


def command(directory: Directory, docker: Docker, what: Sequence[str]) -> list[str]:
    """The whole command line. Templates, variables and images are the stack's own."""
    arguments = ["local", *what, "--template-file", str(sam.built_template(directory.build))]
    arguments += ["--parameter-overrides", *sam.overrides({"Architecture": sam.ARCHITECTURE})]
    arguments += ["--env-vars", str(environment_file(directory))]
    arguments += ["--layer-cache-basedir", str(directory.build / "images")]
    return sam.command(*arguments, *docker.arguments)


def environment_file(directory: Directory) -> Path:
    """Where what the functions are told is kept."""
    return directory.path / "run" / "sam-local.json"


def tell_functions(directory: Directory, endpoint: str, host: str) -> None:
    """Write that file. Each time anew, for addresses change."""
    variables = container_environment(endpoint, host)
    environment_file(directory).write_text(json.dumps(variables, indent=2))


def _run(stack: Stack, docker: Docker, what: Sequence[str]) -> int:
    endpoint = stack.env()["AWS_ENDPOINT_URL"]
    tell_functions(stack.directory, endpoint, HOST)
    environment = sam.environment({"AWS_ENDPOINT_URL": endpoint, "DOCKER_HOST": docker.socket})
    ports = State.load(stack.directory.state).ports.values()
    with (
        docker.reaching(ports),
        subprocess.Popen(
            command(stack.directory, docker, what), env=environment, cwd=ROOT
        ) as process,
    ):
        return _end_of(process)


def _end_of(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # SAM has had it too, and removes its containers
            continue


def _port() -> int:
    return PORT if is_free(PORT) else free_port(set())


if __name__ == "__main__":
    sys.exit(main())
