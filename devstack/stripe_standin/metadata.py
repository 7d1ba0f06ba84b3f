"""Metadata: a client's own key-value pairs on an object, within Stripe's limits."""

from devstack.stripe_standin.errors import bad_param
from devstack.stripe_standin.stripe_json import JsonObject

MAX_KEYS = 50
MAX_KEY_LENGTH = 40
MAX_VALUE_LENGTH = 500


def checked(metadata: JsonObject, param: str = "metadata") -> JsonObject:
    """Validate metadata and return it without the keys whose value is empty.

    Raises:
        ApiError: more than 50 keys, a key over 40 or a value over 500 characters.
    """
    if len(metadata) > MAX_KEYS:
        raise bad_param(f"Metadata can have up to {MAX_KEYS} keys, got {len(metadata)}.", param)
    for key, value in metadata.items():
        if len(key) > MAX_KEY_LENGTH:
            raise bad_param(
                f"Metadata keys can have up to {MAX_KEY_LENGTH} characters, but you passed in a "
                f"key that is {len(key)} characters. Invalid key: {key}",
                param,
            )
        if len(value) > MAX_VALUE_LENGTH:
            raise bad_param(
                f"Metadata values can have up to {MAX_VALUE_LENGTH} characters, but you passed in "
                f"a value that is {len(value)} characters. Invalid value: {value}",
                f"{param}[{key}]",
            )
    return {key: value for key, value in metadata.items() if value}


def merged(old: JsonObject, changes: JsonObject | str) -> JsonObject:
    """Apply an update. An empty value removes its key, an empty `metadata` removes all keys."""
    if isinstance(changes, str):
        return {}
    unset = {key for key, value in changes.items() if not value}
    kept = {key: value for key, value in old.items() if key not in unset}
    return checked(kept | checked(changes))


def previous(old: JsonObject, new: JsonObject) -> JsonObject:
    """Return the old values of the keys that have changed; None for one that was not there."""
    return {key: old.get(key) for key in old | new if old.get(key) != new.get(key)}
