"""Which Chromium is used, and how a missing one is installed."""

import sys
from pathlib import Path

import pytest

from devstack import apt, browser
from devstack.console import StackError

DEBIAN = """chromium:
  Installed: (none)
  Candidate: 156.0.8078.108-1~deb12u1
  Version table:
"""
UBUNTU = """chromium-browser:
  Installed: (none)
  Candidate: 2:1snap1-0ubuntu2
  Version table:
"""
VIRTUAL = """chromium:
  Installed: (none)
  Candidate: (none)
  Version table:
"""


@pytest.mark.parametrize(
    ("policy", "offered"), [(DEBIAN, True), (UBUNTU, False), (VIRTUAL, False), ("", False)]
)
def test_a_snap_is_no_package(policy: str, *, offered: bool) -> None:
    assert apt.is_candidate(policy) is offered


class Machine:
    """A machine with fake programs, which write down how they were called."""

    def __init__(self, root: Path) -> None:
        self.programs = root / "bin"
        self.programs.mkdir()
        self.log = root / "calls"
        self.downloads = root / "browsers"
        for name in ("env", "touch", "chmod", "mkdir", "cat"):
            (self.programs / name).symlink_to(Path("/usr/bin") / name)

    def add(self, name: str, script: str = "") -> Path:
        program = self.programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.log}\n{script}\n')
        program.chmod(0o755)
        return program

    def add_apt(self, policy: str) -> None:
        chromium = self.programs / "chromium"
        self.add(
            "apt-get", f'case "$*" in *install*) touch {chromium}; chmod 755 {chromium};; esac'
        )
        self.add("apt-cache", f"cat <<'END'\n{policy}END")
        self.add("sudo", '"$@"')

    @property
    def calls(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without apt and Chromium, on which Playwright's own can be downloaded."""
    machine = Machine(tmp_path)
    chrome = machine.downloads / "chromium-1" / "chrome-linux64"
    playwright = machine.add("python", f"mkdir -p {chrome}; touch {chrome}/chrome")
    monkeypatch.setenv("PATH", str(machine.programs))
    monkeypatch.setattr(sys, "executable", str(playwright))
    monkeypatch.setattr(browser, "DOWNLOADED", machine.downloads)
    monkeypatch.setattr(browser, "TOOLS", tmp_path)
    monkeypatch.setattr(browser, "APT_LOG", tmp_path / "apt.log")
    return machine


def test_an_installed_chromium_is_used(machine: Machine) -> None:
    installed = machine.add("chromium")
    machine.add_apt(DEBIAN)

    assert browser.ensure() == installed
    assert machine.calls == ""


def test_debians_chromium_is_installed_once(machine: Machine) -> None:
    machine.add_apt(DEBIAN)

    assert browser.ensure() == browser.ensure() == machine.programs / "chromium"

    assert machine.calls.count("apt-get") == 2  # update and install
    assert all(package in machine.calls for package in browser.PACKAGES)
    assert "playwright" not in machine.calls


@pytest.mark.parametrize("policy", [UBUNTU, VIRTUAL])
def test_playwrights_own_is_installed_where_apt_has_none(machine: Machine, policy: str) -> None:
    machine.add_apt(policy)

    assert browser.ensure() == machine.downloads / "chromium-1" / "chrome-linux64" / "chrome"

    assert "python -m playwright install --no-shell --with-deps chromium" in machine.calls
    assert browser.ensure().exists()
    assert machine.calls.count("playwright") == 1


def test_playwrights_own_is_installed_where_there_is_no_apt(machine: Machine) -> None:
    assert browser.ensure().name == "chrome"

    assert "--with-deps" not in machine.calls


def test_a_snap_is_not_used(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    snap = machine.programs.parent / "snap" / "bin"
    snap.mkdir(parents=True)
    machine.add("chromium").rename(snap / "chromium")
    monkeypatch.setenv("PATH", f"{snap}:{machine.programs}")

    assert browser.ensure().name == "chrome"


def test_a_download_that_failed_says_what_to_install(machine: Machine) -> None:
    machine.add("python", "echo no route >&2; exit 1")

    with pytest.raises(StackError, match=r"(?s)chromium cannot be installed.*no route"):
        browser.ensure()


def test_chromium_keeps_its_sandbox_for_ordinary_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "--no-sandbox" not in browser.flags()
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "--no-sandbox" in browser.flags()
