"""What template.yaml says of the topic and its queues."""

from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


class _Loader(yaml.SafeLoader):
    """Reads `!Ref X` as `X`: for names that is enough."""


_Loader.add_multi_constructor("!", lambda _loader, _tag, node: node.value)


def resources(type_: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type, by logical id."""
    document = yaml.load(TEMPLATE.read_text(), _Loader)  # noqa: S506 - a subclass of the safe one
    return {
        name: resource.get("Properties", {})
        for name, resource in document["Resources"].items()
        if resource["Type"] == type_
    }
