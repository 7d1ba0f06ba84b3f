"""`python -m devstack.stripe_standin --port 12111 --data .devstack/stripe.db`."""

import argparse
import os
from pathlib import Path

from devstack.http_server import serve_until_stopped
from devstack.stripe_standin.server import serve


def main() -> None:
    """Serve until SIGTERM or SIGINT. The keys are in STRIPE_API_KEY and STRIPE_CONTROL_KEY."""
    parser = argparse.ArgumentParser(prog="python -m devstack.stripe_standin", description=__doc__)
    parser.add_argument(
        "--port", type=int, required=True, help="loopback port; 0 selects a free one"
    )
    parser.add_argument("--data", type=Path, required=True, help="SQLite file for all data")
    arguments = parser.parse_args()
    api_key, control_key = map(os.environ.get, ("STRIPE_API_KEY", "STRIPE_CONTROL_KEY"))
    running = serve(arguments.data, arguments.port, api_key=api_key, control_key=control_key)
    try:
        serve_until_stopped("Stripe stand-in", running)
    except (OSError, RuntimeError) as failure:
        parser.exit(1, f"The Stripe stand-in cannot start: {failure}\n")


if __name__ == "__main__":
    main()
