"""The real Stripe in the stand-in's place, with a test key. A live key is refused.

`python -m devstack.real_stripe` runs the contract suites that Stripe itself has to pass.
"""

import os
import subprocess
import sys
from collections.abc import Mapping

from devstack.console import StackError, say
from devstack.state import ROOT, StripeAccount

API_BASE = "https://api.stripe.com"
_TEST_KEYS = ("sk_test_", "rk_test_")
_LISTEN = "stripe listen --print-secret"


def key_in(environment: Mapping[str, str]) -> str | None:
    """The test key in STRIPE_API_KEY; None if there is none, or if it is a stand-in's.

    `make env` exports the stand-in's key together with its STRIPE_API_BASE.

    Raises:
        StackError: the key is no test key.
    """
    key = environment.get("STRIPE_API_KEY", "")
    if key.startswith(("sk_live_", "rk_live_")):
        raise StackError("STRIPE_API_KEY is a live key: money would move. Use one of test mode.")
    if not key or environment.get("STRIPE_API_BASE", API_BASE) != API_BASE:
        return None
    if not key.startswith(_TEST_KEYS):
        raise StackError(f"STRIPE_API_KEY is no test key: those start with {_TEST_KEYS[0]}")
    return key


def account_in(environment: Mapping[str, str]) -> StripeAccount | None:
    """The account in STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET, or None: the stand-in is meant.

    Raises:
        StackError: the key is no test key, or there is no secret.
    """
    key = key_in(environment)
    if key is None:
        return None
    secret = environment.get("STRIPE_WEBHOOK_SECRET", "")
    if not secret.startswith("whsec_"):
        raise StackError(f"The real Stripe needs STRIPE_WEBHOOK_SECRET, printed by `{_LISTEN}`")
    return StripeAccount(api_base=API_BASE, api_key=key, webhook_secret=secret)


def main() -> int:
    """`make test-stripe`: the suites' exit status; 0 if there is no key to run them with."""
    try:
        key = key_in(os.environ)
    except StackError as error:
        say(f"gorder: {error}")
        return 1
    if key is None:
        say("make test-stripe: skipped, nothing was run; it needs STRIPE_API_KEY=sk_test_…")
        return 0
    command = [sys.executable, "-m", "pytest", "tests/contract", "-m", "real_stripe"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
