"""Metadata: the caller's own keys on an object, within Stripe's limits."""

from devstack.stripe_standin.errors import bad_param
from devstack.stripe_standin.wire import JsonObject

MOST_KEYS = 50
LONGEST_KEY = 40
LONGEST_VALUE = 500


def checked(metadata: JsonObject, param: str = "metadata") -> JsonObject:
    """Give metadata as it is kept: keys with an empty value are left out.

    Raises:
        ApiError: more than 50 keys, a key over 40 or a value over 500 characters.
    """
    if len(metadata) > MOST_KEYS:
        raise bad_param(f"Metadata can have up to {MOST_KEYS} keys, got {len(metadata)}.", param)
    for key, value in metadata.items():
        if len(key) > LONGEST_KEY:
            raise bad_param(
                f"Metadata keys can have up to {LONGEST_KEY} characters, but you passed in a key "
                f"that is {len(key)} characters. Invalid key: {key}",
                param,
            )
        if len(value) > LONGEST_VALUE:
            raise bad_param(
                f"Metadata values can have up to {LONGEST_VALUE} characters, but you passed in a "
                f"value that is {len(value)} characters. Invalid value: {value}",
                f"{param}[{key}]",
            )
    return {key: value for key, value in metadata.items() if value}


def merged(old: JsonObject, changes: JsonObject | str) -> JsonObject:
    """Apply an update: an empty value unsets a key, an empty `metadata` unsets all."""
    if isinstance(changes, str):
        return {}
    unset = {key for key, value in changes.items() if not value}
    kept = {key: value for key, value in old.items() if key not in unset}
    return checked(kept | checked(changes))
