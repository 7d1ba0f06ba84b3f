"""`expand`: replaces ids in a response by the objects they identify."""

from collections.abc import Callable

from devstack.stripe_standin import refunds
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import bad_param
from devstack.stripe_standin.line_items import list_line_items
from devstack.stripe_standin.sdk_schema import resource_schema
from devstack.stripe_standin.stripe_json import JsonObject

MAX_LEVELS = 4
INCLUDABLE: dict[tuple[str, str], Callable[[Account, str], JsonObject]] = {
    ("charge", "refunds"): refunds.list_of_charge,
    ("checkout.session", "line_items"): lambda account, id_: list_line_items(account, {}, id_),
}


def expand(account: Account, response: JsonObject, paths: list[str]) -> JsonObject:
    """Expand every path: `payment_intent.latest_charge`, or `data.default_price` in a list.

    Also adds the lists that Stripe includes only on request. In a list, `data` is a level.

    Raises:
        ApiError: a path has more than four levels or names a field that cannot be expanded.
    """
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_LEVELS:
            raise bad_param(
                f"You cannot expand more than {MAX_LEVELS} levels of a property. Property: {path}",
                "expand",
                "property_expansion_max_depth",
            )
        _expand(account, response, steps, path)
    return response


def _expand(account: Account, owner: JsonObject, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if name not in owner and (include := INCLUDABLE.get((owner["object"], name))):
        owner[name] = include(account, owner["id"])
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
