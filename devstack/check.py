"""`make check`: format, lint, types, import rules, template, requirements, pages, word list."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devstack import sam, tools
from devstack.console import exit_status, say
from devstack.state import ROOT
from devstack.web import WEB

LAYERS = ("common", "stripe")
SECONDS = 300


def main() -> int:
    """Run all checks and return the exit status."""
    tools.ensure(["sam", "template", "node"], mariadb=False)
    checks = {
        "format": lambda: _run(_tool("ruff"), "format", "--check", "--quiet", "."),
        "lint": lambda: _run(_tool("ruff"), "check", "--quiet", "."),
        "types": lambda: _run(_tool("mypy")),
        "imports": lambda: _run(_tool("lint-imports")),
        "template": lambda: _run(_installed("sam", "sam"), "validate", "--lint"),
        "template's rules": lambda: _run(
            _installed("template", "cfn-lint"), "--config-file", "devstack/cfnlint.yaml"
        ),
        "template's security": lambda: _run(
            _installed("template", "checkov"), "--file", "template.yaml"
        ),
        "lock file": lambda: _run(str(tools.UV), "lock", "--check", "--quiet"),
        "requirements": _requirements,
        "pages": _pages,
        "words": lambda: _run(sys.executable, "-m", "tools.check_prose"),
    }
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = {name: pool.submit(check) for name, check in checks.items()}
        for name, result in results.items():
            problem = result.result()
            say(f"  ✗ {name}\n{problem}" if problem is not None else f"  ✓ {name}")
    return 1 if any(result.result() is not None for result in results.values()) else 0


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _run(*command: str) -> str | None:
    """Run a check and return its output, or None if it passed."""
    try:
        result = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **sam.QUIET},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} took longer than {SECONDS} s"
    return None if result.returncode == 0 else result.stdout


def _pages() -> str | None:
    result = WEB.run("check")
    return None if result.returncode == 0 else result.stdout


def _installed(environment: str, name: str) -> str:
    return str(tools.environment(environment) / "bin" / name)


def _requirements() -> str | None:
    """Compare the layers' requirements.txt, from which they are built, with uv.lock."""
    problems = [
        f"layers/{layer}/requirements.txt differs from uv.lock: make lock"
        for layer in LAYERS
        if _pins(_exported(layer)) != _pins(_written(layer))
    ]
    return "\n".join(problems) or None


def _exported(layer: str) -> str:
    return subprocess.run(
        [str(ROOT / "devstack" / "requirements.sh"), layer],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
        check=True,
    ).stdout


def _written(layer: str) -> str:
    return (ROOT / "layers" / layer / "requirements.txt").read_text()


def _pins(requirements: str) -> list[str]:
    return [line for line in requirements.splitlines() if not line.lstrip().startswith("#")]


if __name__ == "__main__":
    sys.exit(exit_status(main))
