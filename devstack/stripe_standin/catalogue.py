"""Operations on products and prices."""

from urllib.parse import urlsplit

from devstack.stripe_standin import events, metadata
from devstack.stripe_standin.account import Account
from devstack.stripe_standin.errors import ApiError, bad_param
from devstack.stripe_standin.listing import list_page, matching
from devstack.stripe_standin.stripe_json import JsonObject

MAX_UNIT_AMOUNT = 999_999_999_999  # 12 digits; a session may take less
MAX_DESCRIPTION_LENGTH = 40_000
MAX_IMAGES = 8
UNSET: JsonObject = {"description": None, "images": []}  # what an empty value makes of a field


def create_product(account: Account, params: JsonObject) -> JsonObject:
    if account.store.find(params.get("id", "")):
        raise ApiError("Product already exists.", code="resource_already_exists", param="id")
    product = new_product(account, params)
    account.store.add(product)
    events.emit(account, "product.created", product)
    if "default_price_data" in params:
        price = create_price(account, params["default_price_data"] | {"product": product["id"]})
        product["default_price"] = price["id"]
        account.store.save(product)
        events.emit(account, "product.updated", product, {"default_price": None})
    return product


def new_product(account: Account, params: JsonObject) -> JsonObject:
    """Create a product from validated parameters, without storing it.

    Raises:
        ApiError: the description is too long, or an image is no URL, or there are too many.
    """
    _check_texts(params)
    optional = {name: params[name] for name in ("id", "description", "images") if name in params}
    return account.new(
        "product",
        "prod",
        name=params["name"],
        active=params.get("active", True),
        metadata=metadata.checked(params.get("metadata", {})),
        type="service",
        updated=account.clock.now(),
        **optional,
    )


def retrieve_product(account: Account, _params: JsonObject, product_id: str) -> JsonObject:
    return account.get("product", product_id)


def update_product(account: Account, params: JsonObject, product_id: str) -> JsonObject:
    product = account.get("product", product_id)
    if "default_price" in params:
        price = account.get("price", params["default_price"], "default_price")
        if price["product"] != product_id:
            raise bad_param(f"Price {price['id']} belongs to another product.", "default_price")
    _check_texts(params)
    return _update(account, product, params | {"updated": account.clock.now()})


def list_products(account: Account, params: JsonObject) -> JsonObject:
    found = (
        product
        for product in account.store.newest_first("product")
        if product["id"] in params.get("ids", [product["id"]])
        and product["active"] == params.get("active", product["active"])
    )
    return list_page(found, params, "/v1/products")


def create_price(account: Account, params: JsonObject) -> JsonObject:
    if "product" not in params:
        raise bad_param("Missing required param: product.", "product", "parameter_missing")
    account.get("product", params["product"], "product")
    price = new_price(account, params)
    account.store.add(price)
    events.emit(account, "price.created", price)
    return price


def new_price(account: Account, params: JsonObject) -> JsonObject:
    """Create a price from validated parameters, without storing it.

    Raises:
        ApiError: not exactly one of `unit_amount` and `custom_unit_amount` is given, or the
            amount is out of range.
    """
    if ("unit_amount" in params) == ("custom_unit_amount" in params):
        raise bad_param(
            "Exactly one of unit_amount and custom_unit_amount is required.", "unit_amount"
        )
    amount = params.get("unit_amount")
    if amount is not None and not 0 <= amount <= MAX_UNIT_AMOUNT:
        raise bad_param(f"Invalid non-negative integer up to {MAX_UNIT_AMOUNT}", "unit_amount")
    return account.new(
        "price",
        "price",
        product=params["product"],
        currency=_currency(params["currency"]),
        unit_amount=amount,
        unit_amount_decimal=None if amount is None else str(amount),
        custom_unit_amount=_custom_amount(params),
        recurring=_recurring(params),
        type="recurring" if "recurring" in params else "one_time",
        active=params.get("active", True),
        billing_scheme="per_unit",
        tax_behavior="unspecified",
        nickname=params.get("nickname"),
        lookup_key=params.get("lookup_key"),
        metadata=metadata.checked(params.get("metadata", {})),
    )


def retrieve_price(account: Account, _params: JsonObject, price_id: str) -> JsonObject:
    return account.get("price", price_id)


def update_price(account: Account, params: JsonObject, price_id: str) -> JsonObject:
    return _update(account, account.get("price", price_id), params)


def list_prices(account: Account, params: JsonObject) -> JsonObject:
    prices = account.store.newest_first("price")
    found = (
        price
        for price in matching(prices, params, "active", "currency", "product", "type")
        if price["lookup_key"] in params.get("lookup_keys", [price["lookup_key"]])
    )
    return list_page(found, params, "/v1/prices")


def _update(account: Account, resource: JsonObject, params: JsonObject) -> JsonObject:
    changes: JsonObject = {name: value for name, value in params.items() if name in resource}
    changes |= {name: empty for name, empty in UNSET.items() if changes.get(name) == ""}
    if "metadata" in changes:
        changes["metadata"] = metadata.merged(resource["metadata"], changes["metadata"])
    previous = {name: resource[name] for name, value in changes.items() if resource[name] != value}
    if "metadata" in previous:
        previous["metadata"] = metadata.previous(resource["metadata"], changes["metadata"])
    if previous:
        resource |= changes
        account.store.save(resource)
        events.emit(account, f"{resource['object']}.updated", resource, previous)
    return resource


def _check_texts(params: JsonObject) -> None:
    if len(params.get("description", "")) > MAX_DESCRIPTION_LENGTH:
        raise bad_param(
            f"Invalid string: must be at most {MAX_DESCRIPTION_LENGTH} characters", "description"
        )
    images = params.get("images", [])
    if len(images) > MAX_IMAGES:
        raise bad_param(f"A product can have up to {MAX_IMAGES} images.", "images")
    for place, image in enumerate(images):
        if not _is_url(image):
            raise bad_param("Not a valid URL", f"images[{place}]", "url_invalid")


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:  # a bracket without its pair
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname)


def _currency(given: str) -> str:
    if len(given) != len("usd") or not given.isascii() or not given.isalpha():
        raise bad_param(f"Invalid currency: {given}.", "currency")
    return given.lower()


def _custom_amount(params: JsonObject) -> JsonObject | None:
    given = params.get("custom_unit_amount")
    if given is None:
        return None
    return {name: given.get(name) for name in ("maximum", "minimum", "preset")}


def _recurring(params: JsonObject) -> JsonObject | None:
    if "recurring" not in params:
        return None
    given: JsonObject = params["recurring"]
    defaults = {"meter": None, "trial_period_days": None}
    return defaults | {"interval_count": 1, "usage_type": "licensed"} | given
