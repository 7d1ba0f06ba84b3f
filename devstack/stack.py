"""The local cloud as a whole: bring it up, take it down. Tests use it as `make` does."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devstack import back_office, containers, deployment, env, sam, status, tools, webhook
from devstack.console import StackError, say, step
from devstack.private_files import set_private_umask
from devstack.process import Process
from devstack.redelivery import redeliver
from devstack.seed import seed, version
from devstack.servers import servers_of
from devstack.servers.base import Server
from devstack.servers.localstack import LocalStack
from devstack.servers.mariadb import MariaDB
from devstack.servers.pages import Pages
from devstack.state import Deployment, Directory, State, StripeAccount
from devstack.web import WEB

ENVIRONMENTS = {
    "localstack": ("localstack", "runtime", "sam"),
    "mongo": ("mongo",),
    "pages": ("node",),
}
ENVIRONMENTS_WITH_DOCKER = {"localstack": ("sam",), "pages": ("node",)}
SAM_LOCAL_SECONDS = 30
"""How long `sam local` may take to remove its containers."""


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
        """Configure the stack without starting it.

        Args:
            path: the directory of its data, logs and state.
            parameters: parameters of template.yaml, besides addresses and secrets.
            real_stripe: an account in test mode; without one it uses the stand-in.
            docker: run the servers in Docker, as compose.yaml defines them.
        """
        self._wanted = {"real_stripe": real_stripe, "docker": docker}
        self.directory = Directory(path.resolve()) if path else Directory.default()
        self._parameters = parameters or {}
        self._state = State.load(self.directory.state)

    @property
    def real_stripe(self) -> bool:
        """Whether it uses the real Stripe, in test mode."""
        return self._state.real_stripe is not None

    @property
    def _server_classes(self) -> Sequence[type[Server]]:
        return servers_of(self._state)

    @property
    def _localstack(self) -> Server:
        [server_class] = [one for one in self._server_classes if issubclass(one, LocalStack)]
        return server_class(self.directory, self._state)

    def up(self, server_classes: Sequence[type[Server]] = ()) -> None:
        """Start the servers that do not run, or only those given; with LocalStack, deploy.

        Raises:
            StackError: a server did not start, or the deployment failed. The others keep running.
        """
        self.directory.check()
        set_private_umask()
        if self._wanted["docker"]:
            containers.check_compose()
        with self.directory.locked():
            self._load()
            self._stop_if_wanted_otherwise()
            server_classes = server_classes or self._server_classes
            needed = ENVIRONMENTS_WITH_DOCKER if self._state.docker else ENVIRONMENTS
            environments = [name for one in server_classes for name in needed.get(one.name, ())]
            tools.ensure(environments, mariadb=MariaDB in server_classes)
            down = self._choose_ports(server_classes)
            starts = [server.start for server in down]
            if Pages in server_classes:
                starts.append(WEB.build)
            if any(issubclass(one, LocalStack) for one in server_classes):
                self._start_and_deploy(starts)
            else:
                run_in_parallel(starts)

    def _start_and_deploy(self, starts: Sequence[Callable[[], None]]) -> None:
        code = deployment.code(self._parameters)
        if self._is_deployed(code):
            run_in_parallel(starts)
        else:
            sources = deployment.sources()
            run_in_parallel([lambda: self._build(sources), *starts])
            self._deploy_or_replace(code)
        self._fill()

    def _deploy_or_replace(self, code: str) -> None:
        """Deploy. If LocalStack cannot update the stack in place, deploy to a new LocalStack.

        It cannot update an API's stage, for example.
        """
        before = self._state.deployment
        updated = before is not None and before.localstack == self._localstack.process
        try:
            self._deploy(code)
        except StackError:
            if not updated:
                raise
            say("  ! LocalStack cannot update the stack in place: deploying to a new LocalStack")
            self._localstack.stop()
            self._localstack.start()
            self._deploy(code)

    def down(self) -> None:
        """Stop every server, and `sam local`. The data stays."""
        with self.directory.locked():
            self._load()
            self._stop()

    def _stop(self) -> None:
        sam_local = [Process.read(identity) for identity in self.directory.sam_local_identities()]
        servers = [
            server_class(self.directory, self._state) for server_class in self._server_classes
        ]
        run_in_parallel(
            [
                *(lambda one=one: one.stop(SAM_LOCAL_SECONDS) for one in sam_local if one),
                *(server.stop for server in servers),
            ]
        )

    def _stop_if_wanted_otherwise(self) -> None:
        """Stop the servers if another Stripe or Docker was chosen, because their data differs."""
        if self._wanted != {name: getattr(self._state, name) for name in self._wanted}:
            self._stop()
            self._state = self._state.model_copy(update={**self._wanted, "menu": ""})

    def reset(self) -> None:
        """Stop every server and delete all data. What was installed or built stays."""
        self.down()
        with self.directory.locked():
            self.directory.wipe()

    def status(self) -> list[status.ServerStatus]:
        """Return the status of each server, and of the deployment."""
        return status.statuses(self.directory, self._parameters)

    def env(self) -> dict[str, str]:
        """Return the addresses and credentials by which other programs reach the stack.

        Raises:
            StackError: a server does not run, or nothing is deployed.
        """
        return env.variables(self.directory)

    def store_env(self) -> dict[str, str]:
        """Return the addresses of the data stores, for a stack that has only those."""
        return env.store_addresses(self._state)

    def _load(self) -> None:
        self._state = State.load(self.directory.state)

    def _choose_ports(self, server_classes: Sequence[type[Server]]) -> list[Server]:
        """Return the servers to start, each with a free port.

        LocalStack is one of them if the addresses that its functions were deployed with have
        changed: a warm function keeps the old ones, and LocalStack loses everything at a restart.
        """
        down = []
        for server_class in server_classes:
            server = server_class(self.directory, self._state)
            if server.process and (problem := server.problem()):
                say(f"  ! {server.name} runs but does not answer ({problem}): restarting it")
                server.kill()
            if server.process is None:
                self._state.choose_port(server.name)
                down.append(server)
        deployed = self._state.deployment
        has_localstack = any(issubclass(one, LocalStack) for one in server_classes)
        if has_localstack and self._localstack.process:
            wiring = deployment.wiring(self._state)
            if deployed is None or not deployed.code or deployed.wiring != wiring:
                self._localstack.stop()
                down.append(self._localstack)
        self._save()
        return down

    def _is_deployed(self, code: str) -> bool:
        return status.deployment_problem(self.directory, self._state, code) is None

    def _build(self, sources: str) -> None:
        """Build, unless these sources are what was built last."""
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
            raise StackError("LocalStack ended. To start it again: make up")
        previous = self._state.deployment
        unfinished = Deployment(
            localstack=process,
            wiring=deployment.wiring(self._state),
            queues_lost=previous is not None
            and (previous.queues_lost or previous.localstack != process),
        )
        self._state.deployment = unfinished
        self._save()
        aws = sam.variables(self._state)
        with step("deploy template.yaml", lambda: deployment.progress(aws)):
            result = deployment.deploy(self.directory, self._state, self._parameters)
        with step("migrate the databases"):
            deployment.migrate(aws, result["functions"]["migrate"])
        self._state.deployment = unfinished.model_copy(update={"code": code, **result})
        self._save()

    def _fill(self) -> None:
        """Register the webhook, create the menu, and send again what the queues have lost."""
        environment = self.env()
        if not self._state.real_stripe:
            webhook.register(environment)
        menu = version(environment)
        if self._state.menu != menu:
            with step("create the menu"):
                seed(environment)
            self._state.menu = menu
            self._save()
        deployed = self._state.deployment
        if deployed and deployed.queues_lost:
            with step("send again the messages that the previous LocalStack has lost"):
                back_office.sync_catalogue(environment)
                redeliver(environment, deployed.outputs["OrderTopicArn"])
            deployed.queues_lost = False
            self._save()

    def _save(self) -> None:
        self._state.save(self.directory.state)


def run_in_parallel(jobs: Sequence[Callable[[], None]]) -> None:
    """Run all jobs to their end.

    Raises:
        StackError: some have failed. The message has the reason of each.
    """
    with ThreadPoolExecutor(max(1, len(jobs))) as pool:
        futures = [pool.submit(job) for job in jobs]
    failures = [failure for future in futures if (failure := future.exception())]
    for failure in failures:
        if not isinstance(failure, StackError):
            raise failure
    if failures:
        raise StackError("\n".join(map(str, failures)))
