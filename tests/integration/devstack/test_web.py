"""npm's packages are installed, and the pages built, when something has changed."""

import json
from pathlib import Path

import pytest

from devstack.console import StackError
from devstack.web import WEB, NpmProject

LOCK = {
    "name": "some",
    "version": "1.0.0",
    "lockfileVersion": 3,
    "packages": {"": {"name": "some", "version": "1.0.0"}},
}
BUILD = "mkdir -p dist && cat src/page.html >>dist/index.html && echo built >>../log"
SCRIPTS = {
    "build": BUILD,
    "check": "npm run --silent which && exit 3",
    "which": "command -v node && node --version",
}


@pytest.fixture
def project(tmp_path: Path) -> NpmProject:
    folder = tmp_path / "some"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "page.html").write_text("one")
    write_scripts(folder, SCRIPTS)
    (folder / "package-lock.json").write_text(json.dumps(LOCK))
    return NpmProject(folder)


def write_scripts(folder: Path, scripts: dict[str, str]) -> None:
    package = {"name": "some", "version": "1.0.0", "scripts": scripts}
    (folder / "package.json").write_text(json.dumps(package))


def builds(project: NpmProject) -> int:
    return (project.folder.parent / "log").read_text().count("built")


def test_pages_are_built_once_from_the_same_sources(project: NpmProject) -> None:
    assert project.problem() == "not built"

    project.build()
    project.build()

    assert builds(project) == 1
    assert project.problem() is None
    assert (project.dist / "index.html").read_text() == "one"


def test_a_change_is_built(project: NpmProject) -> None:
    project.build()
    (project.folder / "src" / "page.html").write_text("two")
    assert project.problem() == "changed since it was built"
    project.build()
    (project.folder / "src" / "new.html").touch()
    project.build()
    (project.folder / "src" / "new.html").unlink()
    project.build()

    assert builds(project) == 4


def test_what_is_not_built_is_no_change(project: NpmProject) -> None:
    project.build()
    (project.folder / "README.md").write_text("How it works.")
    (project.dist / "other").touch()

    assert project.problem() is None


def test_deleted_pages_are_built_again(project: NpmProject) -> None:
    project.build()
    (project.dist / "index.html").unlink()
    project.dist.rmdir()

    project.build()

    assert builds(project) == 2


def test_packages_are_installed_when_the_lock_file_has_changed(project: NpmProject) -> None:
    project.build()
    installed = project.folder / "node_modules" / "by-hand"
    installed.mkdir()
    project.run("which")
    assert installed.exists()

    (project.folder / "package-lock.json").write_text(json.dumps({**LOCK, "requires": True}))
    project.run("which")

    assert not installed.exists()  # `npm ci` begins with an empty folder
    assert project.problem() == "not built"


def test_a_build_that_failed_is_tried_again(project: NpmProject) -> None:
    write_scripts(project.folder, {"build": "echo the reason >&2; exit 1"})
    with pytest.raises(StackError, match=r"(?s)npm run build failed.*the reason"):
        project.build()
    assert project.problem() == "not built"

    write_scripts(project.folder, SCRIPTS)
    project.build()

    assert project.problem() is None


def test_a_lock_file_that_does_not_fit_fails(project: NpmProject) -> None:
    package = project.folder / "package.json"
    package.write_text(json.dumps({"name": "some", "dependencies": {"is-number": "7.0.0"}}))

    with pytest.raises(StackError, match=r"(?s)npm ci failed.*package-lock\.json"):
        project.build()


def test_a_script_runs_with_the_pinned_node_also_from_another_script(project: NpmProject) -> None:
    result = project.run("check")

    assert result.returncode == 3
    assert ".tools/environments/node/bin/node\nv24." in result.stdout


def test_the_pages_own_tests() -> None:
    result = WEB.run("test")

    if result.returncode != 0:
        pytest.fail(f"npm run test in web:\n{result.stdout}", pytrace=False)
