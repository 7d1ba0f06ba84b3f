"""Print what importing each function costs: modules, and instructions if Valgrind is installed.

Usage: python -m tools.measure_imports [function ...]

Instructions do not depend on the load of the machine. They are counted with compiled modules, as on
Lambda, and without those of an interpreter that imports nothing.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
_MODULES = "import json, sys, functions.{}.app; print(json.dumps(sorted(sys.modules)))"
_VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")


class Interpreter:
    """Runs code with the gorder and the functions of this work tree."""

    def __init__(self, compiled: str) -> None:
        """Keep compiled modules in the folder `compiled`."""
        self._environment = os.environ | {
            "PYTHONPATH": f"{ROOT / 'layers/common'}:{ROOT}",
            "PYTHONPYCACHEPREFIX": compiled,
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONHASHSEED": "0",
        }

    def modules(self, function: str) -> list[str]:
        """Return the names of the modules that importing a function loads."""
        loaded: list[str] = json.loads(self._run((), _MODULES.format(function)).stdout)
        return loaded

    def instructions(self, code: str) -> int:
        """Return the instructions of a run, in millions."""
        counted = re.search(r"I\s+refs:\s+([\d,]+)", self._run(_VALGRIND, code).stderr)
        if counted is None:
            raise RuntimeError(
                "valgrind printed no line `I refs`: run it by hand and read its errors"
            )
        return round(int(counted[1].replace(",", "")) / 1e6)

    def _run(self, command: tuple[str, ...], code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, sys.executable, "-c", code],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )


def report(functions: list[str], interpreter: Interpreter) -> list[str]:
    """Return a table with one line per function."""
    valgrind = shutil.which("valgrind") is not None
    bare = interpreter.instructions("pass") if valgrind else 0
    lines = [f"{'function':16} {'gorder':>8} {'all modules':>12} {'M instructions':>15}"]
    for function in functions:
        loaded = interpreter.modules(function)  # also compiles them
        own = sum(name.split(".")[0] == "gorder" for name in loaded)
        code = f"import functions.{function}.app"
        counted = interpreter.instructions(code) - bare if valgrind else "-"
        lines.append(f"{function:16} {own:8} {len(loaded):12} {counted:>15}")
    return lines


if __name__ == "__main__":
    names = sys.argv[1:] or sorted(app.parent.name for app in ROOT.glob("functions/*/app.py"))
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write("\n".join(report(names, Interpreter(folder))) + "\n")
