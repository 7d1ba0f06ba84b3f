"""JSON in Stripe's format."""

import json
from typing import Any

type JsonObject = dict[str, Any]


def encode(value: object) -> str:
    """Encode a value as JSON with an indent of two, as Stripe's API and webhooks do."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
