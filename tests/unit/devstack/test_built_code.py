"""What LocalStack may run: nothing but what was built."""

from pathlib import Path

import pytest

from devstack.localstack_executor.built_code import BuiltCode, digest

BUILT = BuiltCode(["d1", "d2"], ["app.handler"], ["A", "B"])


@pytest.mark.parametrize(
    ("handler", "variables", "digests", "found"),
    [
        ("app.handler", [], ["d1"], ""),
        ("app.handler", ["A", "B"], ["d1", "d2"], ""),
        ("os.system", ["A"], ["d1"], "handler 'os.system'"),
        ("app.handler", ["A", "PYTHONPATH"], ["d1"], "variable PYTHONPATH"),
        ("app.handler", ["A"], ["d1", "d3"], "code or a layer"),
    ],
)
def test_a_function_differs_by_handler_variable_or_code(
    handler: str, variables: list[str], digests: list[str], found: str
) -> None:
    assert BUILT.difference(handler, variables, digests) == found


def test_nothing_was_built_without_a_record(tmp_path: Path) -> None:
    built = BuiltCode.read(tmp_path / "built.json")

    assert built.difference("app.handler", [], [])


def test_a_record_is_read_as_written_and_merged(tmp_path: Path) -> None:
    file = tmp_path / "built.json"
    file.write_text(BUILT.to_json())

    assert BuiltCode.read(file) == BUILT
    assert BUILT | BuiltCode(["d0", "d1"], [], ["C"]) == BuiltCode(
        ["d0", "d1", "d2"], ["app.handler"], ["A", "B", "C"]
    )


def test_a_digest_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    def folder(name: str, **files: str) -> Path:
        for path, content in files.items():
            file = tmp_path / name / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        return tmp_path / name

    original = digest(folder("one", app="x", gorder__model="y"))
    same = folder("two", gorder__model="y", app="x")
    (same / "app").chmod(0o755)
    (same / "empty").mkdir()

    assert digest(same) == original
    assert digest(folder("three", app="y", gorder__model="x")) != original
    assert digest(folder("four", app="x", model="y")) != original
    assert digest(folder("five", app="x", gorder__model="y", sitecustomize="")) != original
