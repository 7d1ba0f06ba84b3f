"""template.yaml, parsed and merged with its globals. Intrinsic functions are not resolved."""

import re
from functools import cache
from typing import Any

import yaml

from devstack.state import ROOT

type Properties = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as the long ones: `!Ref X` as `{"Ref": "X"}`."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.SequenceNode():
            value: object = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
        case _:
            value = node.value
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    """Return the whole document. All callers share it, so do not change it."""
    document: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506 - a subclass of the safe one
    return document


def resources(type_: str) -> dict[str, Properties]:
    """Return the properties of each resource of a type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template()["Resources"].items()
        if resource["Type"] == type_
    }


def functions() -> dict[str, Properties]:
    """Return the properties of each function, merged with the globals, by its folder."""
    shared = template().get("Globals", {}).get("Function", {})
    return {
        folder_of(name): merge(shared, own)
        for name, own in resources("AWS::Serverless::Function").items()
    }


def logical_id(reference: object) -> str:
    """Return the resource or parameter that `!Ref X` or `!GetAtt X.Attribute` names."""
    match reference:
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), *_]}:
            return name
    raise ValueError(f"neither !Ref nor !GetAtt: {reference!r}")


def folder_of(name: str) -> str:
    """Return a function's folder: `create_order` for `CreateOrderFunction`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Function")).lower()


def function_id(folder: str) -> str:
    """Return a function's logical id: `CreateOrderFunction` for `create_order`."""
    return f"{folder.title().replace('_', '')}Function"


def merge(shared: Properties, own: Properties) -> Properties:
    """Merge as SAM does: merge mappings, join lists, else take the function's own value."""
    merged = shared | own
    for key in shared.keys() & own.keys():
        if isinstance(shared[key], dict) and isinstance(own[key], dict):
            merged[key] = merge(shared[key], own[key])
        elif isinstance(shared[key], list) and isinstance(own[key], list):
            merged[key] = shared[key] + own[key]
    return merged
