"""`make sam-local` as far as it goes without Docker: what SAM would run, and that it would work."""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest

from devstack import sam, sam_local, tools
from devstack.containers import HOST, Docker
from devstack.localstack_executor.pool import ProcessPool
from devstack.localstack_executor.process import Launch
from devstack.localstack_executor.runtime_api import Invocation
from devstack.localstack_executor.xray import XRayClient
from devstack.relay import relayed
from devstack.stack import Stack
from devstack.state import State
from devstack.template import functions, resources
from gorder.clients.mongo import mongo_client
from gorder.clients.redis import redis_client
from tests.sam_cli import parse_with_sam
from tests.samples import Json, event

pytestmark = pytest.mark.servers

GATEWAY = "172.17.0.1"
ELSEWHERE = "127.0.0.2"  # of this machine, like a container network's gateway; no server is there
DONE: Json = {"batchItemFailures": []}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
NOBODY = "127.0.0.1:9"  # traces go nowhere
LOOPBACK_ADDRESS = re.compile(r"(//|@)(localhost|127\.0\.0\.1)")


def asked(cloud: Stack, host: str) -> Json:
    """What SAM makes of the command line of `make sam-local`."""
    endpoint = cloud.env()["AWS_ENDPOINT_URL"]
    sam_local.write_environment(cloud.directory, endpoint, host)
    what = sam_local.start_api(3000)
    _, *arguments = sam_local.command(cloud.directory, Docker("unix:///docker", GATEWAY), what)
    [answer] = parse_with_sam(arguments)
    return answer


@pytest.fixture(scope="module")
def answer(cloud: Stack) -> Json:
    """For containers."""
    return asked(cloud, HOST)


@pytest.fixture(scope="module")
def told(answer: Json) -> dict[str, dict[str, str]]:
    """The file of variables, by function."""
    content: dict[str, dict[str, str]] = json.loads(Path(answer["options"]["env_vars"]).read_text())
    return content


def test_sam_serves_every_route_of_the_template(answer: Json) -> None:
    wanted = [
        [event["Properties"]["Method"], event["Properties"]["Path"], function]
        for function, properties in resources("AWS::Serverless::Function").items()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "Api"
    ]

    assert sorted(answer["routes"]) == sorted(wanted)


def test_it_serves_them_on_loopback_from_containers_that_stay(answer: Json) -> None:
    options = answer["options"]

    assert answer["unknown"] == []
    assert (options["host"], options["port"]) == ("127.0.0.1", 3000)
    assert options["warm_containers"] == "LAZY"
    assert options["add_host"] == {HOST: GATEWAY}


def test_a_container_has_what_was_built_for_this_machine(answer: Json, cloud: Stack) -> None:
    built = sam.built_template(cloud.directory.build).parent

    assert answer["functions"].keys() == resources("AWS::Serverless::Function").keys()
    for name, container in answer["functions"].items():
        assert container["code"] == str(built / name)
        assert container["layers"][0] == str(built / "CommonLayer")
        assert container["architecture"] == sam.ARCHITECTURE


def test_a_function_gets_every_variable_it_is_deployed_with(
    answer: Json, told: dict[str, dict[str, str]]
) -> None:
    for name, container in answer["functions"].items():
        environment = container["environment"]
        assert told[name].items() <= environment.items(), name
        assert environment["AWS_ENDPOINT_URL"].startswith(f"http://{HOST}:"), name
        assert (environment["AWS_REGION"], environment["AWS_ACCESS_KEY_ID"]) == (sam.REGION, "test")


def test_what_the_template_leaves_out_locally_is_empty(
    answer: Json, told: dict[str, dict[str, str]]
) -> None:
    """SAM sets a variable of no value, too: to nothing, which gorder takes for not being given."""
    for folder, properties in functions().items():
        name = f"{folder.title().replace('_', '')}Function"
        left_out = properties["Environment"]["Variables"].keys() - told[name].keys()
        assert all(variable.endswith("_ADDRESS") for variable in left_out), name
        assert {answer["functions"][name]["environment"][one] for one in left_out} <= {""}


def test_no_function_is_told_of_loopback(told: dict[str, dict[str, str]], cloud: Stack) -> None:
    manager = sam.client("secretsmanager", cloud.env()["AWS_ENDPOINT_URL"])

    for variables in told.values():
        assert not LOOPBACK_ADDRESS.search(json.dumps(variables))
        for name, value in variables.items():
            if name.endswith("_SECRET"):
                secret = manager.get_secret_value(SecretId=value)["SecretString"]
                assert not LOOPBACK_ADDRESS.search(secret), name


def test_gorder_agrees_to_go_to_the_stores_of_another_host(
    told: dict[str, dict[str, str]], cloud: Stack
) -> None:
    manager = sam.client("secretsmanager", cloud.env()["AWS_ENDPOINT_URL"])

    def url(function: str, variable: str) -> str:
        secret = manager.get_secret_value(SecretId=told[function][variable])
        address: str = json.loads(secret["SecretString"])["url"]
        return address

    with mongo_client(url("CreateOrderFunction", "GORDER_MONGO_SECRET")) as client:
        assert client.options.direct_connection
    redis_client(url("StockCheckFunction", "GORDER_REDIS_SECRET")).close()
    assert url("StockCheckFunction", "GORDER_MYSQL_SECRET").endswith("?tls=off")


@dataclass(frozen=True)
class Containers:
    """Functions with what SAM would give them, as processes."""

    functions: Json
    logs: Path

    def invoke(self, function: str, payload: Json) -> Json:
        container = self.functions[function]
        python = tools.environment("runtime") / "bin" / "python"
        launch = Launch(
            python, container["handler"], Path(container["code"]), container["environment"]
        )
        layers = [Path(layer) for layer in container["layers"]]
        xray = XRayClient(function, NOBODY)
        pool = ProcessPool(launch, layers, limit=1, log=self.logs / function, xray=xray)
        pool.join()
        try:
            answer, _ = pool.invoke(
                Invocation("request", "arn:aws:lambda:::function:f", TRACE, _bytes(payload), 60)
            )
        finally:
            pool.leave()
        assert not answer.is_error, answer.body
        decoded: Json = json.loads(answer.body)
        return decoded


def _bytes(payload: Json) -> bytes:
    return json.dumps(payload).encode()


@pytest.fixture(scope="module")
def containers(cloud: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """They reach the servers at another address than the one these listen on."""
    ports = State.load(cloud.directory.state).ports.values()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((ELSEWHERE, port))
    with relayed(ELSEWHERE, ports):
        yield Containers(asked(cloud, ELSEWHERE)["functions"], tmp_path_factory.mktemp("logs"))


def test_an_order_is_made_and_read(containers: Containers) -> None:
    created = containers.invoke("CreateOrderFunction", event("create_order/two_products"))

    assert created["statusCode"] == HTTPStatus.CREATED, created
    order = json.loads(created["body"])
    request = event("get_order/with_token")
    request["pathParameters"]["order_id"] = order["order_id"]
    request["headers"]["Authorization"] = f"Bearer {order['access_token']}"
    read = containers.invoke("GetOrderFunction", request)
    assert read["statusCode"] == HTTPStatus.OK, read
    assert json.loads(read["body"])["order_id"] == order["order_id"]


def test_stock_is_reserved_and_stripe_is_asked(containers: Containers) -> None:
    reserved = containers.invoke("StockCheckFunction", event("stock_check/reserve"))
    changed = event("catalogue_sync/product_changed")

    assert reserved["outcomes"][0]["outcome"] == "reserved"
    assert containers.invoke("CatalogueSyncFunction", changed) == DONE


def test_the_kitchen_sends_itself_a_message(containers: Containers) -> None:
    assert containers.invoke("KitchenFunction", event("kitchen/order_paid")) == DONE
