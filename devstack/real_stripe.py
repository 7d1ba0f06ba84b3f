"""The real Stripe instead of the stand-in, with a key of test mode. A live key is refused.

`python -m devstack.real_stripe` runs the contract suites against it.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

from devstack.console import StackError, exit_status, say
from devstack.state import ROOT, STANDIN_KEY, STANDIN_WEBHOOK_SECRET, StripeAccount

API_BASE = "https://api.stripe.com"
_TEST_KEYS = ("sk_test_", "rk_test_")
_LISTEN = "stripe listen --print-secret"


def key_in(environment: Mapping[str, str]) -> str | None:
    """Return the test key in STRIPE_API_KEY, or None if there is none or it is the stand-in's.

    STRIPE_API_BASE is ignored: `make env` exports the stand-in's, and a key that is set later in
    the same shell is meant for the real Stripe.

    Raises:
        StackError: the key is not a test key.
    """
    key = environment.get("STRIPE_API_KEY", "")
    if not key or key.startswith(STANDIN_KEY):
        return None
    if key.startswith(("sk_live_", "rk_live_")):
        raise StackError("STRIPE_API_KEY is a live key, which moves real money: use a test key")
    if not key.startswith(_TEST_KEYS):
        raise StackError(
            f"STRIPE_API_KEY is not a test key: it must start with {' or '.join(_TEST_KEYS)}"
        )
    return key


def account_in(environment: Mapping[str, str]) -> StripeAccount | None:
    """Return the account in STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET; None means the stand-in.

    Raises:
        StackError: the key is not a test key, or the secret is missing or the stand-in's.
    """
    key = key_in(environment)
    if key is None:
        return None
    secret = environment.get("STRIPE_WEBHOOK_SECRET", "")
    if not secret.startswith("whsec_") or secret.startswith(STANDIN_WEBHOOK_SECRET):
        raise StackError(
            "STRIPE_API_KEY is a key of the real Stripe, which needs STRIPE_WEBHOOK_SECRET too: "
            f'export STRIPE_WEBHOOK_SECRET="$({_LISTEN})", or unset STRIPE_API_KEY'
        )
    return StripeAccount(api_base=API_BASE, api_key=key, webhook_secret=secret)


def main() -> int:
    """Run the contract suites and return their exit status; 0 if there is no key."""
    return exit_status(_run_suites)


def _run_suites() -> int:
    if key_in(os.environ) is None:
        found = "the stand-in's key" if os.environ.get("STRIPE_API_KEY") else "empty or not set"
        say(
            f"make test-stripe: skipped, nothing was run: STRIPE_API_KEY is {found}. "
            "export STRIPE_API_KEY=sk_test_…"
        )
        return 0
    command = [sys.executable, "-m", "pytest", "tests/contract", "-m", "real_stripe"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
