"""Paths that make, SAM or MariaDB would split are refused before anything is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from devstack.console import StackError
from devstack.state import ROOT, Directory

UNUSABLE = ["my shop", "tab\tin it", "a:b", "it's", "a$b", "a#b", "a%b", "(a)", "a[b]", "a\\b"]
USABLE = ["gorder", "gorder-2.0_x", "Müller", "a+b@c=d,e~"]
PROGRAMS = ("cat", "cksum", "dirname", "mkdir", "flock")


def set_up(path: Path) -> subprocess.CompletedProcess[str]:
    """Run a copy of bootstrap.sh with a PATH without Python, so that it ends after its checks."""
    (path / "devstack").mkdir(parents=True)
    shutil.copy(ROOT / "devstack" / "bootstrap.sh", path / "devstack")
    programs = path.parent / "programs"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).symlink_to(str(shutil.which(name)))
    return subprocess.run(  # noqa: S603 - the copy
        [path / "devstack" / "bootstrap.sh"],
        env={"PATH": str(programs), "PYENV_ROOT": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_path_of_the_project_is_one_line(tmp_path: Path, name: str) -> None:
    result = set_up(tmp_path / name)

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "has a space or a special character: move the project" in result.stderr
    assert [file.name for file in (tmp_path / name).iterdir()] == ["devstack"]


def test_a_link_to_an_unusable_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "my shop").mkdir()
    (tmp_path / "shop").symlink_to(tmp_path / "my shop")

    assert "has a space" in set_up(tmp_path / "shop").stderr


@pytest.mark.parametrize("name", USABLE)
def test_other_paths_are_accepted(tmp_path: Path, name: str) -> None:
    result = set_up(tmp_path / name)

    assert "special character" not in result.stderr
    assert "no working python3.13 on PATH" in result.stderr
    Directory(tmp_path / name).check()


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_state_directory_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StackError, match="set GORDER_STATE_DIR to a path without"):
        Directory(tmp_path / name).check()
