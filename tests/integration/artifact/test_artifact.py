"""The artifact of `sam build`, unpacked as Lambda does: small, one architecture, precompiled."""

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest
import yaml

from devstack import sam, tools
from devstack.state import ROOT, locked
from devstack.template import functions

pytestmark = pytest.mark.timeout(300)

MAX_BYTES = 30_000_000
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
FUNCTIONS = functions()
WITH_STRIPE = {name for name, f in FUNCTIONS.items() if {"Ref": "StripeLayer"} in f["Layers"]}
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # SAM's date for every file, so that zipping is reproducible
# PEP 552: bit 0 means that the file is hash-based, bit 1 that the hash is checked.
UNCHECKED_HASH = (1).to_bytes(4, "little")
# A cold start that records every source that Python compiles.
COLD_START = """
import importlib, json, sys
from importlib.machinery import SourceFileLoader
compiled = []
compile_source = SourceFileLoader.source_to_code
def record(self, data, path, **options):
    compiled.append(str(path))
    return compile_source(self, data, path, **options)
SourceFileLoader.source_to_code = record
importlib.import_module("app")
print(json.dumps([compiled, sorted(sys.modules)]))
"""


@dataclass(frozen=True)
class Built:
    """The build for one architecture."""

    architecture: str
    directory: Path

    def folder(self, logical_id: str) -> Path:
        return self.directory / "sam" / logical_id


@pytest.fixture(scope="module")
def builds() -> Iterator[dict[str, Built]]:
    """Builds for both architectures. SAM rebuilds only what has changed."""
    tools.ensure(["sam", "runtime"], mariadb=False)
    home = ROOT / ".devstack" / "artifact"
    home.mkdir(parents=True, exist_ok=True)
    with locked(home / "lock"):
        builds = {name: Built(name, home / name) for name in MACHINES}
        for built in builds.values():
            built.directory.mkdir(exist_ok=True)
            sam.build(built.directory, built.directory / "log", built.architecture)
        yield builds


@pytest.fixture(params=MACHINES)
def built(request: pytest.FixtureRequest, builds: dict[str, Built]) -> Built:
    return builds[request.param]


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def unpack(folder: Path, target: Path) -> None:
    """Zip a folder as SAM does and unzip it as Lambda does: every file has the date ZIP_EPOCH."""
    archive = target.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in files(folder):
            name = str(path.relative_to(folder))
            packed.writestr(zipfile.ZipInfo(name, ZIP_EPOCH), path.read_bytes())
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(target)
    for path in files(target):
        os.utime(path, (315532800, 315532800))


@pytest.mark.parametrize("layer", ["CommonLayer", "StripeLayer"])
def test_a_layer_is_within_the_size_limit(built: Built, layer: str) -> None:
    assert sum(path.stat().st_size for path in files(built.folder(layer))) <= MAX_BYTES


@pytest.mark.parametrize("layer", ["CommonLayer", "StripeLayer"])
def test_a_layer_has_binaries_of_the_requested_architecture(built: Built, layer: str) -> None:
    binaries = [path.name for path in files(built.folder(layer)) if path.suffix == ".so"]

    assert binaries
    assert all(MACHINES[built.architecture] in name for name in binaries)


def test_every_source_has_bytecode_that_is_valid_for_any_date(built: Built) -> None:
    sources = [path for path in files(built.directory / "sam") if path.suffix == ".py"]

    assert len(sources) > len(FUNCTIONS)
    for source in sources:
        header = bytecode(source).read_bytes()[:8]
        assert header == MAGIC_NUMBER + UNCHECKED_HASH, source


def bytecode(source: Path) -> Path:
    return source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"


@pytest.fixture(scope="module")
def cold_starts(
    builds: dict[str, Built], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[list[str], set[str]]]:
    """For each handler: the sources that its import compiled, and the modules it imported."""
    home = tmp_path_factory.mktemp("host")
    built = builds[sam.ARCHITECTURE]
    for layer in ("CommonLayer", "StripeLayer"):
        unpack(built.folder(layer), home / layer)
    return {name: cold_start(name, built, home) for name in FUNCTIONS}


def run(arguments: list[str], path: list[Path]) -> subprocess.CompletedProcess[str]:
    """Run Python with the packages of Lambda's runtime and with these folders on its path."""
    return subprocess.run(  # noqa: S603 - our own interpreter and script
        [str(tools.environment("runtime") / "bin" / "python"), *arguments],
        env={"PYTHONPATH": os.pathsep.join(map(str, path)), "AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def cold_start(name: str, built: Built, home: Path) -> tuple[list[str], set[str]]:
    logical_id = "".join(word.capitalize() for word in name.split("_")) + "Function"
    task = home / name
    unpack(built.folder(logical_id), task)
    layers = ["CommonLayer", *(["StripeLayer"] if name in WITH_STRIPE else [])]
    done = run(["-B", "-c", COLD_START], [task, *(home / layer / "python" for layer in layers)])
    assert done.returncode == 0, done.stderr
    compiled, modules = json.loads(done.stdout)
    return [source for source in compiled if source.startswith(str(home))], set(modules)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_cold_start_compiles_nothing(
    function: str, cold_starts: dict[str, tuple[list[str], set[str]]]
) -> None:
    compiled, modules = cold_starts[function]

    assert compiled == []
    assert "gorder.runtime.entry" in modules


def test_the_built_template_has_no_yaml_aliases(built: Built) -> None:
    """CloudFormation does not accept aliases. SAM expands those of template.yaml."""
    text = (built.directory / "sam" / "template.yaml").read_text()

    assert not [e for e in yaml.parse(text) if isinstance(e, yaml.AliasEvent)]


def test_importing_a_build_of_another_architecture_names_the_parameter(
    builds: dict[str, Built],
) -> None:
    [other] = [built for name, built in builds.items() if name != sam.ARCHITECTURE]

    done = run(["-c", "import gorder"], [other.folder("CommonLayer") / "python"])

    assert done.returncode != 0
    assert "give `sam build` and `sam deploy` the same parameter Architecture" in done.stderr
