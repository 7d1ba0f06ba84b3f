"""The local cloud as a whole: brought up, looked at, taken down. Tests use it as `make` does."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from devstack import back_office, deployment, sam, tools, webhook
from devstack.console import StackError, say, step
from devstack.redelivery import redeliver
from devstack.seed import seed
from devstack.servers import SERVERS, SERVERS_IN_DOCKER, STORES
from devstack.servers.base import Server
from devstack.servers.localstack import LocalStack
from devstack.servers.mariadb import MariaDB
from devstack.servers.mongo import Mongo
from devstack.servers.stripe import StripeStandIn
from devstack.servers.valkey import Valkey
from devstack.state import Deployment, Directory, State, StripeAccount

__all__ = ["SERVERS", "STORES", "Health", "Stack"]

ENVIRONMENTS = {"localstack": ("localstack", "runtime", "sam"), "mongo": ("mongo",)}


@dataclass(frozen=True)
class Health:
    """One line of `make status`. `trouble` is None if all is well."""

    server: str
    pid: int | None
    port: int | None
    trouble: str | None


class Stack:
    """A local cloud in a directory of its own; any number of them run side by side."""

    def __init__(
        self,
        path: Path | None = None,
        parameters: Mapping[str, str] | None = None,
        *,
        real_stripe: StripeAccount | None = None,
        docker: bool = False,
    ) -> None:
        """What it is like when it is next brought up.

        Args:
            path: where it keeps everything.
            parameters: for template.yaml, beside the wiring.
            real_stripe: an account in test mode; none: the stand-in.
            docker: whether its servers run as compose.yaml has them.
        """
        self._wanted = {"real_stripe": real_stripe, "docker": docker}
        self.directory = Directory(path.resolve()) if path else Directory.default()
        self._parameters = parameters or {}
        self._state = State.load(self.directory.state)

    @property
    def real_stripe(self) -> bool:
        """Whether it talks to the real Stripe, in test mode."""
        return self._state.real_stripe is not None

    @property
    def _all_kinds(self) -> Sequence[type[Server]]:
        return SERVERS_IN_DOCKER if self._state.docker else SERVERS

    @property
    def _kinds(self) -> Sequence[type[Server]]:
        """Those that it has: with the real Stripe there is no stand-in."""
        real = self._state.real_stripe
        return [kind for kind in self._all_kinds if not (kind is StripeStandIn and real)]

    @property
    def _localstack(self) -> Server:
        [kind] = [kind for kind in self._all_kinds if issubclass(kind, LocalStack)]
        return kind(self.directory, self._state)

    def up(self, kinds: Sequence[type[Server]] = ()) -> None:
        """Start what does not run, or only the servers given; with LocalStack, deploy.

        Raises:
            StackError: something did not come up. What did keeps running.
        """
        with self.directory.locked():
            self.directory.make()
            self._load()
            self._become_what_is_wanted()
            kinds = kinds or self._kinds
            needed = {"localstack": ("sam",)} if self._state.docker else ENVIRONMENTS
            environments = [name for kind in kinds for name in needed.get(kind.name, ())]
            tools.ensure(environments, mariadb=MariaDB in kinds)
            down = self._without_port_conflicts(kinds)
            if not any(issubclass(kind, LocalStack) for kind in kinds):
                _all_at_once([server.start for server in down])
                return
            self._up_and_deploy(down)

    def _up_and_deploy(self, down: Sequence[Server]) -> None:
        code = deployment.code(self._parameters)
        starts = [server.start for server in down]
        if self._is_deployed(code):
            _all_at_once(starts)
        else:
            sources = deployment.sources()
            _all_at_once([lambda: self._build(sources), *starts])
            self._deploy_again(code)
        self._furnish()

    def _deploy_again(self, code: str) -> None:
        """LocalStack cannot update every type, an API's stage for one: then a new one has to do."""
        before = self._state.deployment
        updated = before is not None and before.localstack == self._localstack.process
        try:
            self._deploy(code)
        except StackError:
            if not updated:
                raise
            say("  ! LocalStack cannot change this in place: deploying to a new one")
            self._localstack.stop()
            self._localstack.start()
            self._deploy(code)

    def down(self) -> None:
        """Stop every server. Data stays."""
        with self.directory.locked():
            self._load()
            self._stop()

    def _stop(self) -> None:
        _all_at_once([kind(self.directory, self._state).stop for kind in self._all_kinds])

    def _become_what_is_wanted(self) -> None:
        """Another Stripe has another catalogue; other servers have none."""
        if self._wanted != {name: getattr(self._state, name) for name in self._wanted}:
            self._stop()
            self._state = self._state.model_copy(update={**self._wanted, "seeded": False})

    def reset(self) -> None:
        """Stop every server and forget everything. What was installed or built stays."""
        self.down()
        with self.directory.locked():
            self.directory.wipe()

    def status(self) -> list[Health]:
        """How each server is, and the deployment."""
        self._load()
        report = [self._health(kind(self.directory, self._state)) for kind in self._kinds]
        code = deployment.code(self._parameters)
        trouble = None if self._is_deployed(code) else "not deployed, or changed since"
        return [*report, Health("template.yaml", None, None, trouble)]

    def _health(self, server: Server) -> Health:
        port = self._state.ports.get(server.name)
        process = server.process
        if process is None or port is None:
            return Health(server.name, None, port, "not running")
        return Health(server.name, process.pid, port, server.trouble())

    def env(self) -> dict[str, str]:
        """The variables by which others reach the stack.

        Raises:
            StackError: a server does not run, or nothing is deployed.
        """
        self._load()
        stopped = [
            kind.name for kind in self._kinds if not kind(self.directory, self._state).process
        ]
        deployed = self._state.deployment
        if stopped or deployed is None or not deployed.code:
            what = f"not running: {', '.join(stopped)}" if stopped else "nothing is deployed"
            raise StackError(f"The local cloud is not up ({what}): make up")
        return {"GORDER_API_URL": deployed.api_url, **self._variables()}

    def store_env(self) -> dict[str, str]:
        """The addresses of the data stores it has, for a stack that has no more than those."""
        state, ports = self._state, self._state.ports
        return {
            **({"GORDER_MYSQL_URL": state.mysql_url} if MariaDB.name in ports else {}),
            **({"GORDER_REDIS_URL": state.redis_url} if Valkey.name in ports else {}),
            **({"GORDER_MONGO_URL": state.mongo_url} if Mongo.name in ports else {}),
        }

    def functions(self) -> dict[str, Path]:
        """The log of each deployed function, by its folder's name."""
        self._load()
        deployed = self._state.deployment.functions if self._state.deployment else {}
        logs = self.directory.function_logs
        return {folder: logs / f"{name}.log" for folder, name in deployed.items()}

    def _variables(self) -> dict[str, str]:
        stripe = self._state.stripe
        return {
            "STRIPE_API_BASE": stripe.api_base,
            "STRIPE_API_KEY": stripe.api_key,
            "STRIPE_WEBHOOK_SECRET": stripe.webhook_secret,
            "AWS_ENDPOINT_URL": self._state.url("localstack"),
            **sam.CREDENTIALS,
            **self.store_env(),
        }

    def _load(self) -> None:
        self._state = State.load(self.directory.state)

    def _without_port_conflicts(self, kinds: Sequence[type[Server]]) -> list[Server]:
        """The servers to be started, each with a port nobody has.

        LocalStack is one of them if what its functions were told is no longer true: warm functions
        remember, and nothing it keeps outlives a restart anyway.
        """
        down = []
        for kind in kinds:
            server = kind(self.directory, self._state)
            if server.process and (trouble := server.trouble()):
                say(f"  ! {server.name} runs but gives no answer ({trouble}): it is restarted")
                server.kill()
            if server.process is None:
                self._state.choose_port(server.name)
                down.append(server)
        deployed = self._state.deployment
        if any(issubclass(kind, LocalStack) for kind in kinds) and self._localstack.process:
            wiring = deployment.wiring(self._state)
            if deployed is None or not deployed.code or deployed.wiring != wiring:
                self._localstack.stop()
                down.append(self._localstack)
        self._save()
        return down

    def _is_deployed(self, code: str) -> bool:
        deployed = self._state.deployment
        return (
            deployed is not None
            and deployed.localstack == self._localstack.process
            and deployed.code == code
        )

    def _build(self, sources: str) -> None:
        """Build, unless these very sources are what was built last."""
        stamp = self.directory.build / "sources"
        if stamp.exists() and stamp.read_text() == sources:
            return
        stamp.unlink(missing_ok=True)
        with step("build template.yaml"):
            sam.build(self.directory.build, self.directory.log("sam"))
        stamp.write_text(sources)

    def _deploy(self, code: str) -> None:
        process = self._localstack.process
        if process is None:
            raise StackError("localstack ended before the deployment; make logs F=localstack")
        # Saved unfinished first: whoever finds it so starts over with a new LocalStack.
        previous = self._state.deployment
        unfinished = Deployment(
            localstack=process,
            wiring=deployment.wiring(self._state),
            queues_lost=previous is not None
            and (previous.queues_lost or previous.localstack != process),
        )
        self._state.deployment = unfinished
        self._save()
        with step("deploy template.yaml"):
            result = deployment.deploy(self.directory, self._state, self._parameters)
        with step("migrate the databases"):
            deployment.migrate(self._state.url("localstack"), result["functions"]["migrate"])
        self._state.deployment = unfinished.model_copy(update={"code": code, **result})
        self._save()

    def _furnish(self) -> None:
        """Tell Stripe where to call, put something on the menu, make good for lost messages."""
        environment = self.env()
        if not self._state.real_stripe:
            webhook.register(environment)
        if not self._state.seeded:
            with step("put the menu on"):
                seed(environment)
            self._state.seeded = True
            self._save()
        deployed = self._state.deployment
        if deployed and deployed.queues_lost:
            with step("send again what was in the queues of the LocalStack before"):
                back_office.sync_catalogue(environment)
                redeliver(environment, deployed.outputs["TopicArn"])
            deployed.queues_lost = False
            self._save()

    def _save(self) -> None:
        self._state.save(self.directory.state)


def _all_at_once(jobs: Sequence[Callable[[], None]]) -> None:
    """Run all; the first failure is raised once the others are done."""
    with ThreadPoolExecutor(max(1, len(jobs))) as pool:
        futures = [pool.submit(job) for job in jobs]
    for future in futures:
        future.result()
