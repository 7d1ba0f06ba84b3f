"""Build the pages of `web/` with npm, and run its other scripts: `make web S=types`."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from devstack import tools
from devstack.console import StackError, exit_status, step
from devstack.private_files import PUBLIC
from devstack.state import ROOT, locked

SECONDS = 600
_SETTINGS = {
    "npm_config_audit": "false",
    "npm_config_cache": str(tools.TOOLS / "npm-cache"),
    "npm_config_fund": "false",
    "npm_config_ignore_scripts": "true",  # no package runs code when it is installed
    "npm_config_include": "dev",
    "npm_config_update_notifier": "false",
    "NO_COLOR": "1",
}


@dataclass(frozen=True)
class NpmProject:
    """A folder with package.json and package-lock.json. `npm run build` writes into `dist`."""

    folder: Path

    @property
    def dist(self) -> Path:
        return self.folder / "dist"

    def build(self) -> None:
        """Install the packages and build, unless nothing has changed since the last time.

        Raises:
            StackError: npm failed, or took longer than ten minutes.
        """
        with self._locked():
            self._install()
            if self.problem() is None:
                return
            with step(f"build {self.folder.name}"):
                self._built.unlink(missing_ok=True)
                sources = self._sources()
                self._succeed("run", "build")
                self._built.write_text(sources)

    def problem(self) -> str | None:
        """Return why it has to be built, or None if `dist` was built from these sources."""
        if not self.dist.exists() or not self._built.exists():
            return "not built"
        if self._built.read_text() != self._sources():
            return "changed since it was built"
        return None

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Install the packages if needed, and run a script. Its output has the errors too.

        Raises:
            StackError: npm cannot install the packages, or took longer than ten minutes.
        """
        with self._locked():
            self._install()
        return self._npm("run", script)

    @property
    def _stamps(self) -> Path:
        """A folder that `npm ci` deletes with the packages."""
        return self.folder / "node_modules" / ".gorder"

    @property
    def _built(self) -> Path:
        return self._stamps / "built"

    def _locked(self) -> AbstractContextManager[None]:
        tools.ensure(["node"], mariadb=False)
        return locked(tools.TOOLS / f"{self.folder.name}-lock")

    def _install(self) -> None:
        stamp = self._stamps / "installed"
        wanted = _hash(self._locks())
        if stamp.exists() and stamp.read_text() == wanted:
            return
        with step(f"install the packages of {self.folder.name}"):
            self._succeed("ci")
            self._stamps.mkdir(parents=True, exist_ok=True)
            stamp.write_text(wanted)

    def _locks(self) -> Iterator[bytes]:
        yield str(self.folder).encode()
        for path in (*tools.lock_files("node"), self.folder / "package-lock.json"):
            yield path.read_bytes()

    def _sources(self) -> str:
        return _hash([*self._locks(), *self._source_files()])

    def _source_files(self) -> Iterator[bytes]:
        for folder, folders, names in self.folder.walk():
            folders[:] = sorted(set(folders) - {"node_modules", "dist"})
            for path in sorted(folder / name for name in names):
                if path.suffix != ".md":
                    yield str(path.relative_to(self.folder)).encode()
                    yield path.read_bytes()

    def _succeed(self, *arguments: str) -> None:
        result = self._npm(*arguments)
        if result.returncode != 0:
            raise StackError(f"npm {' '.join(arguments)} failed in {self.folder}:\n{result.stdout}")

    def _npm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        programs = tools.environment("node") / "bin"
        try:
            return subprocess.run(
                [str(programs / "npm"), *arguments],
                cwd=self.folder,
                env={**os.environ, **_SETTINGS, "PATH": f"{programs}:{os.environ['PATH']}"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                umask=PUBLIC,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            message = f"npm {' '.join(arguments)} took longer than {SECONDS} s in {self.folder}"
            raise StackError(message) from None


def _hash(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


WEB = NpmProject(ROOT / "web")


def main() -> int:
    """Run the script that the command line names, and return its exit status."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the script
        raise StackError("Name a script of web/package.json: make web S=types")
    result = WEB.run(sys.argv[1])
    print(result.stdout, end="")
    return result.returncode


if __name__ == "__main__":
    sys.exit(exit_status(main))
