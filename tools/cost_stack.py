"""Resolve template.yaml for one choice of its parameters."""

from collections.abc import Iterator, Mapping
from typing import Any

from devstack.template import Properties, folder_of, merge

_NOTHING: Mapping[str, str] = {"Ref": "AWS::NoValue"}


class CostedStack:
    """The resources of a deployment. References to other resources are not resolved."""

    def __init__(self, document: Mapping[str, Any], **parameters: str) -> None:
        """Take a template in long form. A parameter that is not given has its default."""
        self._document = document
        declared = document.get("Parameters", {})
        self._parameters = {name: p.get("Default") for name, p in declared.items()} | parameters

    def resources(self, type_: str) -> dict[str, Properties]:
        """Return the properties of every created resource of a type, by logical id."""
        return {
            name: self._value(resource.get("Properties", {}))
            for name, resource in self._document["Resources"].items()
            if resource["Type"] == type_ and self._is_created(resource)
        }

    def functions(self) -> dict[str, Properties]:
        """Return the properties of every function, merged with the globals, by its folder."""
        shared = self._value(self._document.get("Globals", {}).get("Function", {}))
        return {
            folder_of(name): merge(shared, own)
            for name, own in self.resources("AWS::Serverless::Function").items()
        }

    def events(self, type_: str) -> Iterator[tuple[str, Properties]]:
        """Yield each event of a type that triggers a function, with the function's folder."""
        for name, function in self.functions().items():
            for event in function.get("Events", {}).values():
                if event["Type"] == type_:
                    yield name, event["Properties"]

    def triggered_by(self, type_: str) -> set[str]:
        """Return the functions with an event of a type."""
        return {name for name, _ in self.events(type_)}

    def _is_created(self, resource: Mapping[str, Any]) -> bool:
        condition = resource.get("Condition")
        return condition is None or self._holds({"Condition": condition})

    def _holds(self, condition: Any) -> bool:  # noqa: ANN401 - any part of a template
        match condition:
            case {"Condition": str(name)}:
                return self._holds(self._document["Conditions"][name])
            case {"Fn::Equals": [left, right]}:
                return bool(self._value(left) == self._value(right))
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
            case {"Fn::And": list(parts)}:
                return all(self._holds(part) for part in parts)
            case {"Fn::Or": list(parts)}:
                return any(self._holds(part) for part in parts)
        raise ValueError(f"not a condition: {condition!r}")

    def _value(self, part: Any) -> Any:  # noqa: ANN401 - any part of a template
        match part:
            case {"Fn::If": [str(condition), then, otherwise]}:
                value = self._value(then if self._holds({"Condition": condition}) else otherwise)
            case {"Fn::FindInMap": [str(mapping), key, str(name)]}:
                value = self._document["Mappings"][mapping][self._value(key)][name]
            case {"Fn::Join": [str(separator), {"Ref": str(name)}]} if name in self._parameters:
                value = separator.join(self._parameters[name])
            case {"Ref": str(name)} if name in self._parameters:
                value = self._parameters[name]
            case dict():
                kept = {name: self._value(inner) for name, inner in part.items()}
                value = {name: inner for name, inner in kept.items() if inner != _NOTHING}
            case list():
                value = [one for inner in part if (one := self._value(inner)) != _NOTHING]
            case _:
                value = part
        return value
