"""The Lambda executor's processes, with the real runtime client and without LocalStack."""

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from devstack.localstack_executor.layers import merged
from devstack.localstack_executor.process import InitError
from devstack.process import Process
from devstack.state import ROOT
from tests.integration.devstack.conftest import ROOT_ID, TRACE, Open, decoded, invocation
from tests.local_attacks import take_an_event


def test_a_handler_has_its_event_its_trace_and_no_variable_of_the_executor(
    open_pool: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAKED", "yes")
    pool = open_pool("""
        import os
        def handler(event, context):
            print("hello")
            return [event, os.environ["_X_AMZN_TRACE_ID"].split(";")[0], "LEAKED" in os.environ]
    """)

    answer, output = pool.invoke(invocation({"a": 1}))

    assert decoded(answer) == [{"a": 1}, f"Root={ROOT_ID}", False]
    assert not answer.is_error
    assert output == "hello\n"
    assert (tmp_path / "function.log").read_text() == "hello\n"


def test_a_handler_has_a_home_directory(open_pool: Open) -> None:
    pool = open_pool("""
        import os
        def handler(event, context):
            return os.path.isdir(os.environ["HOME"])
    """)

    assert decoded(pool.invoke(invocation())[0]) is True


def test_a_timeout_kills_the_process_with_its_children(open_pool: Open, tmp_path: Path) -> None:
    pool = open_pool("""
        import subprocess, time
        def handler(event, context):
            if event:
                child = subprocess.Popen(["sleep", "600"])
                with open(event, "w") as file:
                    file.write(f"{child.pid} " + open(f"/proc/{child.pid}/stat").read().split()[21])
                time.sleep(600)
            return "well"
    """)
    child = tmp_path / "child"

    late, _ = pool.invoke(invocation(str(child), timeout=1))

    assert late.is_error
    assert decoded(late)["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in decoded(late)["errorMessage"]
    _eventually(lambda: Process.read(child) is None)
    assert decoded(pool.invoke(invocation())[0]) == "well"


def test_the_next_event_is_handled_after_a_crash(open_pool: Open) -> None:
    pool = open_pool("""
        import os
        def handler(event, context):
            if event == "crash":
                os._exit(3)
            return "well"
    """)

    crashed, _ = pool.invoke(invocation("crash"))

    assert crashed.is_error
    assert "exit status 3" in decoded(crashed)["errorMessage"]
    assert decoded(pool.invoke(invocation())[0]) == "well"


def test_a_module_that_cannot_be_imported_is_an_init_error(open_pool: Open) -> None:
    pool = open_pool("import no_such_module")

    with pytest.raises(InitError, match="no_such_module"):
        pool.invoke(invocation())


def test_a_raised_exception_is_a_function_error(open_pool: Open) -> None:
    pool = open_pool("""
        def handler(event, context):
            raise KeyError("missing")
    """)

    answer, _ = pool.invoke(invocation())

    assert answer.is_error
    assert decoded(answer)["errorType"] == "KeyError"


def test_a_response_over_six_megabytes_is_an_error(open_pool: Open) -> None:
    pool = open_pool("""
        def handler(event, context):
            return "x" * 6_300_000
    """)

    answer, _ = pool.invoke(invocation())

    assert answer.is_error
    assert decoded(answer)["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_later_layer_overrides_an_earlier_one(open_pool: Open, tmp_path: Path) -> None:
    layers = (tmp_path / "first", tmp_path / "second")
    for number, layer in enumerate(layers, start=1):
        (layer / "python").mkdir(parents=True)
        (layer / "python" / "shared.py").write_text(f"WHICH = {number}")
        (layer / "python" / f"only{number}.py").write_text("")
    pool = open_pool(
        """
        import only1, only2, shared
        def handler(event, context):
            return shared.WHICH
        """,
        layers=layers,
    )

    assert decoded(pool.invoke(invocation())[0]) == 2


def test_functions_with_the_same_layers_share_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    layers = (tmp_path / "first", tmp_path / "second")
    for layer in layers:
        layer.mkdir()
        (layer / "shared.py").write_text(layer.name)

    assert merged(layers) == merged(layers)
    inode = (layers[1] / "shared.py").stat().st_ino
    assert (merged(layers) / "shared.py").stat().st_ino == inode
    assert (merged(layers[::-1]) / "shared.py").read_text() == "first"
    assert (layers[0] / "shared.py").read_text() == "first"


def test_concurrent_invocations_share_a_limited_number_of_processes(
    open_pool: Open, tmp_path: Path
) -> None:
    pool = open_pool(
        """
        import os, time
        def handler(event, context):
            started = time.monotonic()
            for _ in range(3):
                print(event, flush=True)
                time.sleep(0.02)
            return [os.getpid(), started, time.monotonic()]
        """,
        limit=2,
    )
    for _ in range(11):
        pool.join()

    with ThreadPoolExecutor(12) as buyers:
        jobs = [buyers.submit(pool.invoke, invocation(n, number=n)) for n in range(12)]
        spans = [decoded(job.result()[0]) for job in jobs]

    by_process: dict[int, list[tuple[float, float]]] = {}
    for pid, started, ended in spans:
        by_process.setdefault(pid, []).append((started, ended))
    assert len(by_process) == 2
    for own in by_process.values():
        ordered = sorted(own)
        assert all(a[1] <= b[0] for a, b in pairwise(ordered))
    lines = (tmp_path / "function.log").read_text().split()
    assert [lines[i] for i in range(0, 36, 3)] == [
        lines[i] for i in range(2, 36, 3)
    ]  # the output of an invocation is contiguous
    for _ in range(11):
        pool.leave()


def test_another_process_cannot_take_an_event(open_pool: Open) -> None:
    pool = open_pool("""
        import os
        def handler(event, context):
            return os.environ["AWS_LAMBDA_RUNTIME_API"]
    """)
    address = decoded(pool.invoke(invocation())[0])

    for _ in range(3):
        assert take_an_event(int(address.rpartition(":")[2])) == b""

    assert decoded(pool.invoke(invocation())[0]) == address


def test_a_busy_function_ends_when_localstack_is_killed(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        textwrap.dedent("""
        import os, time
        def handler(event, context):
            with open("identity.new", "w") as file:
                file.write(f"{os.getpid()} " + open("/proc/self/stat").read().split()[21])
            os.rename("identity.new", "identity")
            time.sleep(600)
    """)
    )
    host = f"""
from itertools import pairwise
from pathlib import Path
from devstack.localstack_executor.pool import ProcessPool
from devstack.localstack_executor.process import Launch
from devstack.localstack_executor.runtime_api import Invocation
from devstack.localstack_executor.xray import XRayClient
code = Path({str(tmp_path)!r})
launch = Launch(Path({sys.executable!r}), "app.handler", code, {{}})
pool = ProcessPool(launch, code, 1, code / "log", XRayClient("f", "127.0.0.1:9"))
pool.join()
pool.invoke(Invocation("r", "arn", {TRACE!r}, b"null", 600))
"""
    identity = tmp_path / "identity"
    command = [sys.executable, "-c", host]
    with subprocess.Popen(command, cwd=ROOT) as localstack:  # noqa: S603 - the line above
        busy = _eventually(lambda: identity.exists() and Process.read(identity))
        localstack.send_signal(signal.SIGKILL)

    assert busy
    _eventually(lambda: not busy.running)


def _eventually[T](look: Callable[[], T], seconds: float = 120) -> T:
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return seen
