"""`expand`: replaces ids in a response by the objects they identify."""

from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import bad_param
from devstack.stripe_standin.line_items import list_line_items
from devstack.stripe_standin.sdk_schema import resource_schema
from devstack.stripe_standin.stripe_json import JsonObject

MAX_LEVELS = 4


def expand(account: Account, response: JsonObject, paths: list[str]) -> JsonObject:
    """Expand every path: `payment_intent.latest_charge`, or `data.default_price` in a list.

    Raises:
        ApiError: a path has more than four levels or names a field that cannot be expanded.
    """
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_LEVELS:
            raise bad_param(f"You cannot expand more than {MAX_LEVELS} levels: {path}", "expand")
        _expand(account, response, steps, path)
    return response


def _expand(account: Account, owner: JsonObject, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if name == "line_items" and owner["object"] == "checkout.session":
        owner.setdefault(name, list_line_items(account, {}, owner["id"]))
    is_list = owner["object"] == "list"
    known = {"data"} if is_list else resource_schema(owner["object"]).fields.keys()
    if name not in known:
        raise _not_expandable(path)
    value = owner.get(name)
    if isinstance(value, str):
        value = owner[name] = account.store.find(value)
        if value is None:
            raise _not_expandable(path)
    for child in value if isinstance(value, list) else [value]:
        if isinstance(child, dict) and rest:
            _expand(account, child, rest, path)


def _not_expandable(path: str) -> Exception:
    return bad_param(f"This property cannot be expanded ({path}).", "expand")
