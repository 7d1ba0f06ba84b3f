"""A class name stands for one class, so that a stack trace and a search name it."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEARCHED = ("layers/common/gorder", "functions", "ops", "devstack", "tools", "tests", "benchmarks")


def test_no_class_name_is_defined_twice() -> None:
    files: defaultdict[str, list[str]] = defaultdict(list)
    for folder in SEARCHED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    files[node.name].append(str(path.relative_to(ROOT)))

    assert {name: found for name, found in files.items() if len(found) > 1} == {}
