"""`python -m devstack.pages --port 8080 --folder web/dist --state .devstack/state.json`."""

import argparse
from pathlib import Path

from devstack.http_server import serve_until_stopped
from devstack.pages.server import serve


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m devstack.pages", description=__doc__)
    parser.add_argument(
        "--port", type=int, required=True, help="loopback port; 0 selects a free one"
    )
    parser.add_argument("--folder", type=Path, required=True, help="the built pages")
    parser.add_argument(
        "--state", type=Path, required=True, help="state.json, with the API's address"
    )
    arguments = parser.parse_args()
    try:
        running = serve(arguments.folder, arguments.state, arguments.port)
        serve_until_stopped("The shop", running)
    except OSError as failure:
        parser.exit(1, f"The pages cannot be served: {failure}\n")


if __name__ == "__main__":
    main()
