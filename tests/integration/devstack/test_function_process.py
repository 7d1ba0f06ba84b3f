"""The Lambda executor's processes, with the real runtime client and no LocalStack around them."""

import json
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from devstack.localstack_executor.pool import ProcessPool
from devstack.localstack_executor.process import InitError, Launch
from devstack.localstack_executor.runtime_api import Answer, Invocation
from devstack.localstack_executor.xray import XRay
from devstack.process import Process
from devstack.segments import FUNCTION, Cause, Segment
from devstack.state import ROOT

type Open = Callable[..., ProcessPool]

ROOT_ID, CALLER = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
TRACE = f"Root={ROOT_ID};Parent={CALLER};Sampled=0"


def invocation(event: object = None, *, timeout: float = 20, number: int = 1) -> Invocation:
    payload = json.dumps(event).encode()
    return Invocation(f"request-{number}", "arn:aws:lambda:::function:f", TRACE, payload, timeout)


def decoded(answer: Answer) -> Any:
    return json.loads(answer.body)


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    """Gets what the X-Ray daemon would."""
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(20)
        yield daemon


def told(daemon: socket.socket) -> Segment:
    """The next segment document."""
    header, _, document = daemon.recv(65_536).partition(b"\n")
    assert json.loads(header) == {"format": "json", "version": 1}
    return Segment.model_validate_json(document)


@pytest.fixture
def open_pool(tmp_path: Path, daemon: socket.socket) -> Iterator[Open]:
    pools: list[ProcessPool] = []
    address = f"127.0.0.1:{daemon.getsockname()[1]}"
    environment = {"AWS_REGION": "us-east-1", "AWS_XRAY_DAEMON_ADDRESS": address}

    def open_(source: str, *, layers: tuple[Path, ...] = (), limit: int = 1) -> ProcessPool:
        code = tmp_path / "code"
        code.mkdir()
        (code / "app.py").write_text(textwrap.dedent(source))
        launch = Launch(Path(sys.executable), "app.handler", code, environment)
        log = tmp_path / "function.log"
        pool = ProcessPool(launch, layers, limit, log, XRay("create_order", address))
        pool.join()
        pools.append(pool)
        return pool

    yield open_
    for pool in pools:
        pool.leave()


def test_a_handler_sees_its_event_its_trace_and_nothing_of_ours(
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


def test_an_overrun_is_killed_with_what_it_started_and_the_next_event_is_served(
    open_pool: Open, tmp_path: Path
) -> None:
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


def test_a_crash_is_an_error_and_the_next_event_is_served(open_pool: Open) -> None:
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


def test_a_raised_exception_is_the_functions_error(open_pool: Open) -> None:
    pool = open_pool("""
        def handler(event, context):
            raise KeyError("missing")
    """)

    answer, _ = pool.invoke(invocation())

    assert answer.is_error
    assert decoded(answer)["errorType"] == "KeyError"


def test_an_answer_over_six_megabytes_is_refused(open_pool: Open) -> None:
    pool = open_pool("""
        def handler(event, context):
            return "x" * 6_300_000
    """)

    answer, _ = pool.invoke(invocation())

    assert answer.is_error
    assert decoded(answer)["errorType"] == "Function.ResponseSizeTooLarge"


def test_later_layers_lie_over_earlier_ones(open_pool: Open, tmp_path: Path) -> None:
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


def test_many_at_once_share_few_processes_one_event_at_a_time(
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
    assert [lines[i] for i in range(0, 36, 3)] == [lines[i] for i in range(2, 36, 3)]  # not torn
    for _ in range(11):
        pool.leave()


OBSERVED = """
    from gorder.runtime.decorators import observed
    from gorder.runtime.entry import lambda_function
    from gorder.runtime.errors import ErrorTable
    from gorder.runtime.observability import story

    create = observed("CreateOrder", lambda message: message, ErrorTable([]))

    @lambda_function
    def handler(event, context):
        with story("trace-of-the-order", event):
            return create(event)
"""


def test_what_a_function_tells_x_ray_is_below_the_segment_of_its_invocation(
    open_pool: Open, daemon: socket.socket
) -> None:
    pool = open_pool(OBSERVED)

    pool.invoke(invocation("order-1"))

    command, function = told(daemon), told(daemon)
    assert command.name == "## CreateOrder"
    assert command.annotations == {"order_id": "order-1", "trace_id": "trace-of-the-order"}
    assert command.parent_id == function.id
    assert (function.name, function.origin) == ("create_order", FUNCTION)
    assert function.parent_id == CALLER
    assert command.trace_id == function.trace_id == ROOT_ID
    assert function.start_time < command.start_time < command.end_time < function.end_time
    assert function.model_extra
    assert function.model_extra["aws"]["request_id"] == "request-1"
    assert not function.failed


def test_two_invocations_of_one_trace_are_kept_apart(
    open_pool: Open, daemon: socket.socket
) -> None:
    pool = open_pool(OBSERVED)
    pool.invoke(invocation("order-1", number=1))
    pool.invoke(invocation("order-2", number=2))

    first, its_function, second, their_function = (told(daemon) for _ in range(4))
    assert (first.parent_id, second.parent_id) == (its_function.id, their_function.id)
    assert its_function.id != their_function.id


def test_a_cold_start_is_told_and_a_warm_one_is_not(open_pool: Open, daemon: socket.socket) -> None:
    pool = open_pool("""
        def handler(event, context):
            return None
    """)
    for number in (1, 2):
        pool.invoke(invocation(number=number))

    cold, warm = told(daemon), told(daemon)
    [initialisation] = cold.subsegments
    assert initialisation.name == "Initialization"
    assert cold.start_time <= initialisation.start_time < initialisation.end_time < cold.end_time
    assert warm.subsegments == []


@pytest.mark.parametrize(
    ("handler", "timeout", "error"),
    [
        ("raise KeyError('missing')", 20, ("KeyError", "'missing'")),
        ("__import__('time').sleep(600)", 1, ("Sandbox.Timedout", "timed out after 1.00")),
        ("raise ValueError('x' * 50_000)", 20, ("ValueError", "xxx")),
    ],
    ids=["raised", "timed out", "said a lot"],
)
def test_what_failed_is_told_with_its_reason(
    open_pool: Open, daemon: socket.socket, handler: str, timeout: float, error: tuple[str, str]
) -> None:
    pool = open_pool(f"def handler(event, context): {handler}")

    pool.invoke(invocation(timeout=timeout))

    function = told(daemon)
    assert function.fault
    assert isinstance(function.cause, Cause)
    [exception] = function.cause.exceptions
    assert exception.type == error[0]
    assert error[1] in exception.message
    assert len(exception.message) <= 500


def test_what_could_not_start_is_told_too(open_pool: Open, daemon: socket.socket) -> None:
    pool = open_pool("import no_such_module")

    with pytest.raises(InitError):
        pool.invoke(invocation())

    function = told(daemon)
    assert function.fault
    assert isinstance(function.cause, Cause)
    assert "no_such_module" in function.cause.exceptions[0].message


def test_functions_die_with_localstack_even_when_they_are_busy(tmp_path: Path) -> None:
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
from devstack.localstack_executor.xray import XRay
code = Path({str(tmp_path)!r})
launch = Launch(Path({sys.executable!r}), "app.handler", code, {{}})
pool = ProcessPool(launch, (), 1, code / "log", XRay("f", "127.0.0.1:9"))
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


def _eventually[T](look: Callable[[], T], seconds: float = 20) -> T:
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)
    return seen
