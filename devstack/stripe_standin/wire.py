"""JSON as Stripe writes it."""

import json
from typing import Any

type JsonObject = dict[str, Any]


def encode(value: object) -> str:
    """Write JSON indented by two, as the API and the webhooks do."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
