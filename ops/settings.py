"""The environment variables of a command that reaches the stores itself."""

import os

from ops.errors import CommandError, ExitCode


def variable(name: str) -> str:
    """Return the value of a variable. Raises CommandError if it is not set."""
    if not (value := os.environ.get(name)):
        raise CommandError(
            f'{name} is not set; for the local cloud: eval "$(make -s env)"', ExitCode.USAGE
        )
    return value


def stripe_address() -> str:
    """Return the address of Stripe's API, or of what stands in for it."""
    return os.environ.get("STRIPE_API_BASE", "https://api.stripe.com")
