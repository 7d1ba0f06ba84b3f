"""Every handler has the same form."""

import importlib
import pkgutil
import typing
from collections.abc import Iterator
from inspect import getmembers, isclass, signature
from typing import Any

import pytest

import gorder


def handlers() -> Iterator[type]:
    for module in pkgutil.walk_packages(gorder.__path__, "gorder."):
        if ".commands." in module.name or ".queries." in module.name or ".upkeep." in module.name:
            for name, found in getmembers(importlib.import_module(module.name), isclass):
                if name.endswith("Handler") and found.__module__ == module.name:
                    yield found


HANDLERS = sorted(handlers(), key=lambda handler: handler.__name__)


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_is_a_frozen_dataclass_with_slots(handler: Any) -> None:
    form = handler.__dataclass_params__

    assert (form.frozen, form.slots) == (True, True)


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_takes_a_command_or_a_query_of_its_own_file(handler: Any) -> None:
    _, name = signature(handler.__call__).parameters
    message = typing.get_type_hints(handler.__call__)[name]

    assert name.removeprefix("_") in {"command", "query"}
    assert message.__module__ == handler.__module__
    assert handler.__name__ == f"{message.__name__}Handler"
    assert message.__dataclass_params__.frozen
