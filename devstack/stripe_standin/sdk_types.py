"""Resolves the type annotations of the pinned Stripe SDK.

The SDK is generated from Stripe's OpenAPI description, so its annotations are the schema of the
API version it is pinned to. Many of them name classes that the SDK imports for type checkers only.
Those names are read from the `if TYPE_CHECKING:` block of the module that uses them.
"""

import ast
import importlib
import inspect
import re
from functools import cache
from typing import ClassVar, ForwardRef, NotRequired, get_args, get_origin

import stripe.params
from stripe import RequestOptions
from stripe._object_classes import OBJECT_CLASSES


def resource_class(object_name: str) -> type:
    """Find the SDK's class for the `object` field of a response: `checkout.session`.

    Raises:
        LookupError: the SDK has no such resource.
    """
    if object_name == "item":  # the SDK registers line items under another name
        return stripe.LineItem
    if object_name not in OBJECT_CLASSES:
        raise LookupError(f"the SDK has no resource called {object_name!r}")
    module, name = OBJECT_CLASSES[object_name]
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, type)  # noqa: S101 - narrows what getattr cannot say
    return found


def params_class(dotted: str) -> type:
    """Find the SDK's TypedDict of request parameters: `checkout.SessionCreateParams`.

    Raises:
        AttributeError: the SDK has no such parameters.
    """
    found: object = stripe.params
    for name in dotted.split("."):
        found = getattr(found, name)
    assert isinstance(found, type)  # noqa: S101 - narrows what getattr cannot say
    return found


def resource_fields(resource: type) -> dict[str, object]:
    """Map the fields of a response class, inherited ones included, to their annotations."""
    fields: dict[str, object] = {}
    for base in reversed(resource.__mro__):
        for name, annotation in inspect.get_annotations(base).items():
            origin: object = get_origin(annotation)
            if not name.startswith("_") and origin is not ClassVar:
                fields[name] = resolve(annotation, base.__module__)
    return fields


def params_fields(params: type) -> dict[str, tuple[object, bool]]:
    """Map the keys of a TypedDict to their annotation and whether they are required.

    The SDK's own request options (`api_key`, `idempotency_key`, …) are left out.
    """
    is_request = RequestOptions in getattr(params, "__orig_bases__", ())
    options = RequestOptions.__annotations__.keys() if is_request else ()
    fields: dict[str, tuple[object, bool]] = {}
    for name, annotation in params.__annotations__.items():
        if name in options:
            continue
        resolved = resolve(annotation, params.__module__)
        if get_origin(resolved) is NotRequired:
            fields[name] = (resolve(get_args(resolved)[0], params.__module__), False)
        else:
            fields[name] = (resolved, True)
    return fields


def resolve(annotation: object, module: str) -> object:
    """Resolve a forward reference. Any other annotation is returned unchanged."""
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    module_names = vars(importlib.import_module(module))
    return eval(annotation, module_names, _TypeCheckingNames(module))  # noqa: S307 - the text is the SDK's own source


class _TypeCheckingNames(dict[str, object]):
    """The names that a module imports under `if TYPE_CHECKING:`, imported on first use."""

    def __init__(self, module: str) -> None:
        self._origins = _type_checking_imports(module)

    def __missing__(self, name: str) -> object:
        module, attribute = self._origins[name]
        return getattr(importlib.import_module(module), attribute)


@cache
def _type_checking_imports(module: str) -> dict[str, tuple[str, str]]:
    source = inspect.getsource(importlib.import_module(module))
    preamble = ast.parse(re.split(r"^(?:class |@)", source, maxsplit=1, flags=re.MULTILINE)[0])
    blocks = [node for node in preamble.body if isinstance(node, ast.If)]
    return {
        alias.asname or alias.name: (imported.module, alias.name)
        for block in blocks
        for imported in block.body
        if isinstance(imported, ast.ImportFrom) and imported.module
        for alias in imported.names
    }
