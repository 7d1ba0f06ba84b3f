"""How the package of publish_pages is built: by the Makefile that SAM uses, with npm itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import tools
from devstack.state import ROOT
from gorder.pages.adapters.built_folder import BuiltFolder
from gorder.pages.model import upload_order

pytestmark = pytest.mark.timeout(600)

TARGET = "build-PublishPagesFunction"
MAX_BYTES = 5_000_000


def build(folder: str, home: Path, path: str) -> subprocess.CompletedProcess[str]:
    """Build the function as SAM does, in a copy of its folder, with the Makefile of a folder."""
    scratch = Path(shutil.copytree(ROOT / "functions" / "publish_pages", home / "scratch"))
    (home / "artifact").mkdir()
    return subprocess.run(  # noqa: S603 - the project's own Makefile
        ["/usr/bin/make", "--makefile", str(ROOT / "functions" / folder / "Makefile"), TARGET],
        cwd=scratch,
        env={
            **os.environ,  # npm may need a proxy's address and certificate
            "PATH": path,
            "HOME": str(home),
            "ARTIFACTS_DIR": str(home / "artifact"),
        },
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


def without_npm(home: Path) -> str:
    """Return a PATH with the programs that a build needs, npm excepted."""
    programs = home / "bin"
    programs.mkdir()
    for name in ("cp", "mkdir", "tar", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    (programs / "python3.13").symlink_to(
        Path(sys.executable).resolve()
    )  # not a shim, which needs more
    return str(programs)


def test_the_package_has_pages_that_can_be_published(tmp_path: Path) -> None:
    tools.ensure(["node"], mariadb=False)
    node = tools.environment("node") / "bin"

    done = build("publish_pages", tmp_path, f"{node}:{os.environ['PATH']}")

    assert done.returncode == 0, done.stderr
    built = BuiltFolder(tmp_path / "artifact" / "pages")
    *_, last = upload_order(built.paths())
    assert last.endswith(".html")
    assert sum(len(built.read(path)) for path in built.paths()) <= MAX_BYTES


def test_without_npm_the_build_says_what_to_do(tmp_path: Path) -> None:
    done = build("publish_pages", tmp_path, without_npm(tmp_path))

    assert done.returncode != 0
    assert "Pages=false" in done.stderr


def test_without_pages_the_build_needs_no_npm(tmp_path: Path) -> None:
    done = build(".", tmp_path, without_npm(tmp_path))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "artifact" / "app.py").exists()
    assert BuiltFolder(tmp_path / "artifact" / "pages").paths() == []
