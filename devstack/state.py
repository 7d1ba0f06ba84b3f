"""The local cloud's state: its directory, ports, secrets and what is deployed."""

import fcntl
import os
import random
import re
import secrets
import shutil
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field

from devstack.console import StackError, say
from devstack.private_files import OTHERS, close_to_others, write_private
from devstack.process import Process

ROOT = Path(__file__).parent.parent
LOOPBACK = "127.0.0.1"
USER = "gorder"
"""The user of MySQL and MongoDB. Valkey has none."""
STANDIN_KEY = "sk_test_standin_"
"""The start of the Stripe stand-in's keys, which no key of Stripe's has."""
STANDIN_WEBHOOK_SECRET = "whsec_standin_"  # noqa: S105 - the start of one
_PORTS = range(20_000, 32_000)  # below the ports the kernel gives to outgoing connections
_UNUSABLE_IN_PATH = re.compile(r"""[\s:;&|<>(){}\[\]*?!$#%\\"'`]""")
_SAM_LOCAL = "sam-local-"
_LOCK_SECONDS = 900
_PORT_SECONDS = 3


@dataclass(frozen=True)
class Directory:
    """The directory of a stack. `make reset` wipes it, except for what was built."""

    path: Path

    @classmethod
    def default(cls) -> Self:
        """Return GORDER_STATE_DIR, or `.devstack` in the project."""
        return cls(Path(os.environ.get("GORDER_STATE_DIR", ROOT / ".devstack")).resolve())

    def check(self) -> None:
        """Check that the servers can use the path: MariaDB's scripts split it at spaces.

        Raises:
            StackError: the path has a space or a special character.
        """
        if _UNUSABLE_IN_PATH.search(str(self.path)):
            raise StackError(
                f"The path {self.path} has a space or a special character: "
                "set GORDER_STATE_DIR to a path without"
            )

    def data(self, server: str) -> Path:
        return self.path / "data" / server

    def log(self, server: str) -> Path:
        return self.path / "logs" / f"{server}.log"

    @property
    def function_logs(self) -> Path:
        return self.path / "logs" / "functions"

    def identity(self, server: str) -> Path:
        return self.path / "run" / server

    def sam_local_identity(self, port: int) -> Path:
        """Return the identity file of the `sam local start-api` that serves this port."""
        return self.identity(f"{_SAM_LOCAL}{port}")

    def sam_local_identities(self) -> list[Path]:
        return list((self.path / "run").glob(f"{_SAM_LOCAL}*"))

    @property
    def build(self) -> Path:
        return self.path / "build"

    @property
    def built(self) -> Path:
        """The record of what was built, which LocalStack reads before it runs a function."""
        return self.path / "run" / "built.json"

    @property
    def state(self) -> Path:
        return self.path / "state.json"

    def make(self) -> None:
        """Create the folders, which only their owner may open. Repairs those of other releases.

        Raises:
            StackError: the directory belongs to another user.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.path.stat().st_uid != os.geteuid():
            raise StackError(
                f"{self.path} belongs to another user: set GORDER_STATE_DIR to a directory of yours"
            )
        if stat.S_IMODE(self.path.stat().st_mode) & OTHERS:
            self.path.chmod(0o700)
            close_to_others(self.path)
        for path in (self.function_logs, self.path / "run", self.path / "data"):
            path.mkdir(parents=True, exist_ok=True)

    def wipe(self) -> None:
        """Remove everything but the lock and the build, which depends on the sources only."""
        for name in ("data", "logs", "run"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        self.state.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the stack's lock while it is changed; wait for another process that holds it.

        Raises:
            StackError: another process has held it for 15 minutes.
        """
        self.make()
        with locked(self.path / "lock"):
            yield


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file. The kernel releases it when the process ends.

    Raises:
        StackError: another process has held it for 15 minutes.
    """
    deadline = time.monotonic() + _LOCK_SECONDS
    with path.open("a") as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    say(f"  … waiting for another process that has locked {path}")
                waiting = True
            if time.monotonic() > deadline:
                raise StackError(
                    f"{path} is still locked by another process: end it (`fuser {path}`)"
                )
            time.sleep(0.1)
        yield


class Secrets(BaseModel):
    """Secrets of a stack, generated once."""

    mysql_password: str = Field(default_factory=lambda: secrets.token_hex(16))
    standin_api_key: str = Field(default_factory=lambda: STANDIN_KEY + secrets.token_hex(16))
    standin_webhook_secret: str = Field(
        default_factory=lambda: STANDIN_WEBHOOK_SECRET + secrets.token_hex(16)
    )
    access_token_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    order_id_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    aws_secret_access_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    valkey_password: str = Field(default_factory=lambda: secrets.token_hex(16))
    mongo_password: str = Field(default_factory=lambda: secrets.token_hex(16))
    standin_control_key: str = Field(default_factory=lambda: secrets.token_hex(16))


class StripeAccount(BaseModel):
    """The address of Stripe's API, the key, and the secret that signs webhooks."""

    api_base: str
    api_key: str
    webhook_secret: str


class Deployment(BaseModel):
    """What is deployed to LocalStack, which loses everything when its process ends."""

    localstack: Process
    wiring: str  # hash of the addresses and secrets that the functions were deployed with
    code: str = ""  # hash of what was deployed; empty until the deployment is complete
    queues_lost: bool = False  # an earlier LocalStack ended with messages in its queues
    api_url: str = ""
    functions: dict[str, str] = {}  # folder → deployed name
    outputs: dict[str, str] = {}


class State(BaseModel):
    """The content of state.json."""

    ports: dict[str, int] = {}
    secrets: Secrets = Field(default_factory=Secrets)
    deployment: Deployment | None = None
    menu: str = ""  # hash of the menu that was created
    real_stripe: StripeAccount | None = None  # None: the stand-in is used
    docker: bool = False  # servers run in Docker, as compose.yaml defines them

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the saved state, or that of a new stack."""
        if not path.exists():
            return cls()
        return cls.model_validate_json(path.read_text())

    def save(self, path: Path) -> None:
        """Replace the file atomically. Only its owner may read it, because it has secrets."""
        write_private(path, self.model_dump_json(indent=2))

    def url(self, server: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[server]}"

    @property
    def stripe(self) -> StripeAccount:
        """The Stripe account that this stack uses: the real one or the stand-in's."""
        return self.real_stripe or StripeAccount(
            api_base=self.url("stripe"),
            api_key=self.secrets.standin_api_key,
            webhook_secret=self.secrets.standin_webhook_secret,
        )

    @property
    def mysql_url(self) -> str:
        password = self.secrets.mysql_password
        return f"mysql://gorder:{password}@{LOOPBACK}:{self.ports['mariadb']}/gorder"

    @property
    def redis_url(self) -> str:
        password = self.secrets.valkey_password
        return f"redis://:{password}@{LOOPBACK}:{self.ports['valkey']}/0"

    @property
    def mongo_url(self) -> str:
        address = f"{USER}:{self.secrets.mongo_password}@{LOOPBACK}:{self.ports['mongo']}"
        return f"mongodb://{address}/gorder?authSource=admin&replicaSet=rs0&retryWrites=false"

    def choose_port(self, server: str) -> int:
        """Return the server's port, and choose another one if it is taken.

        A server that was just killed holds its port for a moment longer, so wait for it.
        """
        port = self.ports.get(server)
        if port is not None and _becomes_free(port):
            return port
        chosen = free_port(set(self.ports.values()))
        if port is not None:
            say(f"  ! port {port} of {server} is taken by another process: using {chosen} instead")
        self.ports[server] = chosen
        return chosen


def _becomes_free(port: int) -> bool:
    deadline = time.monotonic() + _PORT_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_free(port: int) -> bool:
    """Whether a server can listen on this port of loopback, for TCP and for UDP."""
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            stream.bind((LOOPBACK, port))
            datagrams.bind((LOOPBACK, port))
            return True
    return False


def free_port(taken: set[int]) -> int:
    """Return a free port of loopback.

    Raises:
        StackError: a hundred random ports were all in use.
    """
    for port in random.sample(_PORTS, 100):
        if port not in taken and is_free(port):
            return port
    raise StackError(f"No free port between {_PORTS.start} and {_PORTS.stop}: stop some servers")
