"""`make sam-local` without Docker: what SAM would run, and that the functions work with it."""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from devstack import sam, sam_local, tools
from devstack.containers import HOST, Docker
from devstack.localstack_executor.layers import merge_layers
from devstack.localstack_executor.pool import ProcessPool
from devstack.localstack_executor.process import Launch
from devstack.localstack_executor.runtime_api import Invocation
from devstack.localstack_executor.xray import XRayClient
from devstack.relay import relayed
from devstack.stack import Stack
from devstack.state import State
from devstack.template import function_id, functions, resources
from gorder.clients.mongo import mongo_client
from gorder.clients.redis import redis_client
from tests.e2e.conftest import ShopClient
from tests.e2e.queues import paused
from tests.fakes.examples import ORDER_ID
from tests.sam_cli import parse_with_sam
from tests.samples import Json, event

pytestmark = pytest.mark.servers

GATEWAY = "172.17.0.1"
ELSEWHERE = "127.0.0.2"  # an address of this machine at which no server listens
DONE: Json = {"batchItemFailures": []}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
NO_DAEMON = "127.0.0.1:9"
PAGES_SECRET = "GORDER_PAGES_SECRET"  # of CloudFront, which LocalStack does not have
LOOPBACK_ADDRESS = re.compile(r"(//|@)(localhost|127\.0\.0\.1)")


def parsed_by_sam(cloud: Stack, host: str) -> Json:
    """Return how SAM reads the command line of `make sam-local`."""
    sam_local.write_environment(cloud.directory, cloud.env(), host)
    docker = Docker("unix:///docker", GATEWAY)
    _, *arguments = sam_local.command(cloud.directory, docker, sam_local.start_api(3000))
    [parsed] = parse_with_sam(arguments, environment=cloud.env())
    return parsed


@pytest.fixture(scope="module")
def parsed(cloud: Stack) -> Json:
    """Return how SAM reads the command line for containers."""
    return parsed_by_sam(cloud, HOST)


@pytest.fixture(scope="module")
def variables(parsed: Json) -> dict[str, dict[str, str]]:
    """Return the variables in the file for SAM, by function."""
    content: dict[str, dict[str, str]] = json.loads(Path(parsed["options"]["env_vars"]).read_text())
    return content


def test_sam_serves_every_route_of_the_template(parsed: Json) -> None:
    wanted = [
        [event["Properties"]["Method"], event["Properties"]["Path"], function]
        for function, properties in resources("AWS::Serverless::Function").items()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "Api"
    ]

    assert sorted(parsed["routes"]) == sorted(wanted)


def test_sam_listens_on_loopback_and_keeps_containers_warm(parsed: Json) -> None:
    options = parsed["options"]

    assert parsed["unknown"] == []
    assert (options["host"], options["port"]) == ("127.0.0.1", 3000)
    assert options["warm_containers"] == "LAZY"
    assert options["add_host"] == {HOST: GATEWAY}


def test_a_container_has_the_code_and_layers_built_for_this_machine(
    parsed: Json, cloud: Stack
) -> None:
    built = sam.built_template(cloud.directory.build).parent

    assert parsed["functions"].keys() == resources("AWS::Serverless::Function").keys()
    for name, container in parsed["functions"].items():
        assert container["code"] == str(built / name)
        assert container["layers"][0] == str(built / "CommonLayer")
        assert container["architecture"] == sam.ARCHITECTURE


def test_a_function_gets_every_variable_it_is_deployed_with(
    parsed: Json, variables: dict[str, dict[str, str]], cloud: Stack
) -> None:
    for name, deployed in variables.items():
        environment = parsed["functions"][name]["environment"]
        assert deployed.items() <= environment.items(), name
        assert environment["AWS_ENDPOINT_URL"].startswith(f"http://{HOST}:"), name
        assert environment["AWS_REGION"] == sam.REGION
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            assert environment[key] == cloud.env()[key], name


def test_a_variable_that_the_template_omits_locally_is_empty(
    parsed: Json, variables: dict[str, dict[str, str]]
) -> None:
    """SAM sets a variable without a value to "", which gorder reads as not set."""
    for folder, properties in functions().items():
        if (name := function_id(folder)) not in variables:
            continue  # it is not deployed locally
        omitted = properties["Environment"]["Variables"].keys() - variables[name].keys()
        omitted_on_purpose = {one for one in omitted if one.endswith("_ADDRESS")} | {PAGES_SECRET}
        assert omitted <= omitted_on_purpose, name
        assert {parsed["functions"][name]["environment"][one] for one in omitted} <= {""}


def test_no_variable_or_secret_has_an_address_on_loopback(
    variables: dict[str, dict[str, str]], cloud: Stack
) -> None:
    manager = sam.client("secretsmanager", cloud.env())

    for of_function in variables.values():
        assert not LOOPBACK_ADDRESS.search(json.dumps(of_function))
        for name, value in of_function.items():
            if name.endswith("_SECRET"):
                secret = manager.get_secret_value(SecretId=value)["SecretString"]
                assert not LOOPBACK_ADDRESS.search(secret), name


def test_clients_accept_the_urls_of_stores_on_another_host(
    variables: dict[str, dict[str, str]], cloud: Stack
) -> None:
    manager = sam.client("secretsmanager", cloud.env())

    def url(function: str, variable: str) -> str:
        secret = manager.get_secret_value(SecretId=variables[function][variable])
        address: str = json.loads(secret["SecretString"])["url"]
        return address

    with mongo_client(url("CreateOrderFunction", "GORDER_MONGO_SECRET")) as client:
        assert client.options.direct_connection
    redis_client(url("StockCheckFunction", "GORDER_REDIS_SECRET")).close()
    assert url("StockCheckFunction", "GORDER_MYSQL_SECRET").endswith("?tls=off")


@dataclass(frozen=True)
class Containers:
    """Functions as processes, with the code, layers and variables that SAM gives to containers."""

    functions: Json
    logs: Path

    def invoke(self, function: str, payload: Json) -> Json:
        container = self.functions[function]
        python = tools.environment("runtime") / "bin" / "python"
        launch = Launch(
            python, container["handler"], Path(container["code"]), container["environment"]
        )
        xray = XRayClient(function, NO_DAEMON)
        with TemporaryDirectory() as opt:
            merge_layers([Path(layer) for layer in container["layers"]], Path(opt))
            pool = ProcessPool(launch, Path(opt), limit=1, log=self.logs / function, xray=xray)
            pool.join()
            try:
                response, _ = pool.invoke(
                    Invocation("request", "arn:aws:lambda:::function:f", TRACE, _bytes(payload), 60)
                )
            finally:
                pool.leave()
        assert not response.is_error, response.body
        decoded: Json = json.loads(response.body)
        return decoded


def _bytes(payload: Json) -> bytes:
    return json.dumps(payload).encode()


@pytest.fixture(scope="module")
def containers(cloud: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """Yield functions that reach the servers at another address than that of the servers."""
    ports = State.load(cloud.directory.state).ports.values()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((ELSEWHERE, port))
    with relayed(ELSEWHERE, ports):
        yield Containers(
            parsed_by_sam(cloud, ELSEWHERE)["functions"], tmp_path_factory.mktemp("logs")
        )


def test_an_order_is_placed_and_read(containers: Containers) -> None:
    created = containers.invoke("CreateOrderFunction", event("create_order/two_products"))

    assert created["statusCode"] == HTTPStatus.CREATED, created
    order = json.loads(created["body"])
    request = event("get_order/with_token")
    request["pathParameters"]["order_id"] = order["order_id"]
    request["headers"]["Authorization"] = f"Bearer {order['access_token']}"
    read = containers.invoke("GetOrderFunction", request)
    assert read["statusCode"] == HTTPStatus.OK, read
    assert json.loads(read["body"])["order_id"] == order["order_id"]


def test_stock_is_reserved_and_released(containers: Containers) -> None:
    reserved = containers.invoke("StockCheckFunction", event("stock_check/reserve"))
    released = containers.invoke("StockCheckFunction", event("stock_check/release"))

    assert reserved["outcomes"][0]["outcome"] == "reserved"
    assert released["outcome"]["outcome"] == "released"


def test_products_are_read_from_stripe(containers: Containers) -> None:
    changed = event("catalogue_sync/product_changed")

    assert containers.invoke("CatalogueSyncFunction", changed) == DONE


def test_the_kitchen_sends_its_delayed_message(shop: ShopClient, containers: Containers) -> None:
    placed = shop.place(("soup", 1))
    page = shop.wait(placed, "waiting_for_payment")["payment_link"]
    with paused(shop, "kitchen"):
        shop.pay(page)
        shop.wait(placed, "paid")
        message = json.dumps(event("kitchen/order_paid")).replace(ORDER_ID, placed.order_id)

        assert containers.invoke("KitchenFunction", json.loads(message)) == DONE

        shop.wait(placed, "cooking")
    shop.wait(placed, "cooked")
