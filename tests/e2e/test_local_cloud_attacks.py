"""Attacks on the local cloud: by other programs and users, by web pages, and with its keys."""

import io
import json
import os
import stat
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from http import HTTPStatus
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack import sam
from devstack.private_files import OTHERS
from devstack.servers.localstack import LocalStack
from devstack.stack import Stack
from devstack.state import Directory, State
from tests import local_attacks
from tests.e2e.conftest import ShopClient
from tests.e2e.sample_functions import SampleFunctions
from tests.local_attacks import ATTACKS, EVIL_NAME, Answer, Target, send

pytestmark = pytest.mark.servers

ANOTHER_USER = 65_534
REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}

type Attack = Callable[[Target], Answer]


@pytest.fixture(scope="module")
def target(cloud: Stack) -> Target:
    return Target.of(cloud.env())


def become_another_user() -> None:
    """Give up the rights of root in a process of its own."""
    os.setgroups([])
    os.setresgid(ANOTHER_USER, ANOTHER_USER, ANOTHER_USER)
    os.setresuid(ANOTHER_USER, ANOTHER_USER, ANOTHER_USER)


@pytest.fixture(scope="module")
def another_user(target: Target) -> Iterator[ProcessPoolExecutor]:
    """A process of another user of this machine."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a process of another user")
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        process.submit(local_attacks.read_health_by_a_rebound_name, target).result()  # imports
        process.submit(become_another_user).result()
        yield process


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_program_without_a_key_and_a_page_are_refused(target: Target, attack: Attack) -> None:
    answer = attack(target)

    assert answer.status in REFUSED, answer.body
    assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("attack", ATTACKS)
def test_another_user_is_refused(
    target: Target, attack: Attack, another_user: ProcessPoolExecutor
) -> None:
    assert another_user.submit(os.geteuid).result() == ANOTHER_USER
    assert another_user.submit(attack, target).result().status in REFUSED


def test_the_attacks_have_changed_nothing(shop: ShopClient) -> None:
    stacks = shop.aws("cloudformation").describe_stacks()["Stacks"]
    assert EVIL_NAME not in {stack["StackName"] for stack in stacks}
    functions = shop.aws("lambda").list_functions(MaxItems=100)["Functions"]
    assert EVIL_NAME not in {function["FunctionName"] for function in functions}
    assert "evil" not in json.dumps(shop.stripe_list("webhook_endpoints"))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[LocalStack]:
    """A LocalStack that has loaded no service yet, and so knows no path of an API."""
    directory, state = Directory(tmp_path), State()
    directory.make()
    for server in ("localstack", "xray"):
        state.choose_port(server)
    localstack = LocalStack(directory, state)
    localstack.start()
    yield localstack
    localstack.stop()


def test_a_path_of_an_api_leads_to_no_aws_service(target: Target, fresh: LocalStack) -> None:
    for port in (fresh.port, target.localstack):
        for path in ("", "%0A", "/", "a/../.."):
            answer = local_attacks.create_stack_below_an_api(port, path)
            assert answer.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}, answer.body


def test_the_developer_reaches_the_api_and_the_health_check_without_a_key(target: Target) -> None:
    assert send(target.localstack, "GET", f"{target.api_path}/api/menu").status == HTTPStatus.OK
    assert send(target.localstack, "GET", "/_localstack/health").status == HTTPStatus.OK


def test_a_link_and_a_page_of_the_api_itself_reach_the_api(target: Target) -> None:
    path = f"{target.api_path}/api/menu"
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    own = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://127.0.0.1:{target.localstack}"}

    assert send(target.localstack, "GET", path, link).status == HTTPStatus.OK
    assert send(target.localstack, "GET", path, own).status == HTTPStatus.OK


def test_a_link_leads_to_the_pay_page(target: Target, shop: ShopClient) -> None:
    placed = shop.place((shop.stock_a_product(units=1), 1))
    page = httpx.URL(shop.wait(placed, "waiting_for_payment")["payment_link"])
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}

    shown = send(target.stripe, "GET", page.raw_path.decode(), link)

    assert shown.status == HTTPStatus.OK
    assert "<button" in shown.body


def test_the_stores_ask_for_a_password(target: Target) -> None:
    assert local_attacks.read_valkey(target).startswith("-NOAUTH")
    assert local_attacks.read_mongo(target) == "Unauthorized"


def test_no_other_user_can_read_the_data(cloud: Stack) -> None:
    directory = cloud.directory.path
    code = (directory / "build", directory / "data" / "localstack")  # has the modes of packages
    paths: list[Path] = []
    for folder, folders, files in directory.walk():
        folders[:] = [name for name in folders if folder / name not in code]
        paths += [folder / name for name in (*folders, *files)]
    existing = [path for path in paths if path.is_file() or path.is_dir()]
    open_to_others = [path for path in existing if stat.S_IMODE(path.stat().st_mode) & OTHERS]

    assert len(existing) > 100
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert open_to_others == []


def test_no_command_line_has_a_secret(cloud: Stack) -> None:
    secrets = json.loads(cloud.directory.state.read_text())["secrets"].values()
    listed = subprocess.run(
        ["/bin/ps", "-e", "-ww", "-o", "args"], capture_output=True, text=True, check=True
    ).stdout

    assert str(cloud.directory.path) in listed
    assert not [secret for secret in secrets if secret in listed]


@pytest.fixture
def evil(tmp_path: Path) -> bytes:
    """Return the code of a function that no `make up` has built. It writes a file."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr(
            "app.py", f"open({str(tmp_path / 'run')!r}, 'w')\ndef handler(*_): return 'run'\n"
        )
    return code.getvalue()


@pytest.fixture
def copies(cloud: Stack) -> Iterator[SampleFunctions]:
    """Copies of the deployed functions, which a test may change."""
    built = sam.built_template(cloud.directory.build).parent
    functions = SampleFunctions(built, cloud.env(), {})
    yield functions
    functions.close()


def refusal(lambda_: Any, name: str) -> str:
    """Invoke a function, which must not run, and return the error's message."""
    answer = lambda_.invoke(FunctionName=name, Payload=b'["touch", "/tmp/run"]')
    error = json.load(answer["Payload"])
    assert error["errorType"] == "NotBuiltError", error
    message: str = error["errorMessage"]
    return message


@pytest.mark.parametrize("hot", [False, True], ids=["uploaded", "outside LocalStack"])
def test_other_code_is_not_run_even_with_the_keys(
    shop: ShopClient, evil: bytes, tmp_path: Path, *, hot: bool
) -> None:
    lambda_ = shop.aws("lambda")
    lambda_.create_function(
        FunctionName=EVIL_NAME,
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/evil",
        Handler="app.handler",
        Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)} if hot else {"ZipFile": evil},
    )
    try:
        lambda_.get_waiter("function_active_v2").wait(FunctionName=EVIL_NAME)
        message = refusal(lambda_, EVIL_NAME)
    finally:
        lambda_.delete_function(FunctionName=EVIL_NAME)

    assert "its code or a layer is not what `make up` has built" in message
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"Handler": "pty.spawn"}, "handler 'pty.spawn'"),
        ({"Environment": {"Variables": {"PYTHONPATH": "/tmp"}}}, "variable PYTHONPATH"),  # noqa: S108 - any folder
        ({"Environment": {"Variables": {"LD_PRELOAD": "x.so"}}}, "variable LD_PRELOAD"),
        (None, "code or a layer"),
    ],
    ids=["handler", "PYTHONPATH", "LD_PRELOAD", "code"],
)
def test_a_built_function_cannot_be_changed_into_another(
    shop: ShopClient,
    copies: SampleFunctions,
    evil: bytes,
    changed: dict[str, Any] | None,
    found: str,
) -> None:
    lambda_ = shop.aws("lambda")
    name = copies.copy("get_order")
    if changed is None:
        lambda_.update_function_code(FunctionName=name, ZipFile=evil)
    else:
        lambda_.update_function_configuration(FunctionName=name, **changed)
    lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)

    assert f"its {found} is not what `make up` has built" in refusal(lambda_, name)
