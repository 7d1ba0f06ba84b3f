"""What the local cloud remembers: its directory, ports, secrets and what is deployed."""

import fcntl
import os
import random
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field

from devstack.console import StackError, say
from devstack.process import Process

ROOT = Path(__file__).parent.parent
LOOPBACK = "127.0.0.1"
_PORTS = range(20_000, 32_000)  # below the ports the kernel gives to outgoing connections
_LOCK_SECONDS = 900
_PORT_SECONDS = 3


@dataclass(frozen=True)
class Directory:
    """Where a stack keeps everything that `make reset` wipes."""

    path: Path

    @classmethod
    def default(cls) -> Self:
        """`.devstack` in the project, or what GORDER_STATE_DIR says."""
        return cls(Path(os.environ.get("GORDER_STATE_DIR", ROOT / ".devstack")).resolve())

    def data(self, server: str) -> Path:
        return self.path / "data" / server

    def log(self, server: str) -> Path:
        return self.path / "logs" / f"{server}.log"

    @property
    def function_logs(self) -> Path:
        return self.path / "logs" / "functions"

    def identity(self, server: str) -> Path:
        return self.path / "run" / server

    @property
    def build(self) -> Path:
        return self.path / "build"

    @property
    def state(self) -> Path:
        return self.path / "state.json"

    def make(self) -> None:
        for path in (self.function_logs, self.path / "run", self.path / "data"):
            path.mkdir(parents=True, exist_ok=True)

    def wipe(self) -> None:
        """Remove all but the lock and the build, which belongs to the sources."""
        for name in ("data", "logs", "run"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        self.state.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others off while the stack is being changed; wait if another one is at it.

        Raises:
            StackError: the other one is not done after 15 minutes.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with locked(self.path / "lock"):
            yield


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; the kernel gives it back if we die.

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
                    say(f"  … waiting for another process that holds {path}")
                waiting = True
            if time.monotonic() > deadline:
                raise StackError(f"{path} is still held: end the other process (fuser {path})")
            time.sleep(0.1)
        yield


class Secrets(BaseModel):
    """Generated once per stack."""

    mysql_password: str = Field(default_factory=lambda: secrets.token_hex(16))
    stripe_api_key: str = Field(default_factory=lambda: f"sk_test_{secrets.token_hex(16)}")
    stripe_webhook_secret: str = Field(default_factory=lambda: f"whsec_{secrets.token_hex(16)}")
    access_token_key: str = Field(default_factory=lambda: secrets.token_hex(32))


class StripeAccount(BaseModel):
    """Where to ask Stripe, with which key, and how its webhooks are signed."""

    api_base: str
    api_key: str
    webhook_secret: str


class Deployment(BaseModel):
    """What LocalStack has. It forgets all when it ends, so its process is server of the record."""

    localstack: Process
    wiring: str  # hash of what the functions were told about the other servers
    code: str = ""  # hash of what was deployed; empty until it is done
    queues_lost: bool = False  # messages went down with an earlier LocalStack
    api_url: str = ""
    functions: dict[str, str] = {}  # folder → deployed name
    outputs: dict[str, str] = {}


class State(BaseModel):
    """The content of state.json."""

    ports: dict[str, int] = {}
    secrets: Secrets = Field(default_factory=Secrets)
    deployment: Deployment | None = None
    seeded: bool = False
    real_stripe: StripeAccount | None = None  # None: the stand-in
    docker: bool = False  # servers run as compose.yaml has them

    @classmethod
    def load(cls, path: Path) -> Self:
        """The saved state, or that of a new stack."""
        if not path.exists():
            return cls()
        return cls.model_validate_json(path.read_text())

    def save(self, path: Path) -> None:
        """Replace the file as a whole; nobody else may read the secrets in it."""
        temporary = path.with_suffix(".new")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(self.model_dump_json(indent=2))
        temporary.replace(path)

    def url(self, server: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[server]}"

    @property
    def stripe(self) -> StripeAccount:
        """The Stripe this stack talks to."""
        return self.real_stripe or StripeAccount(
            api_base=self.url("stripe"),
            api_key=self.secrets.stripe_api_key,
            webhook_secret=self.secrets.stripe_webhook_secret,
        )

    @property
    def mysql_url(self) -> str:
        password = self.secrets.mysql_password
        return f"mysql://gorder:{password}@{LOOPBACK}:{self.ports['mariadb']}/gorder"

    @property
    def redis_url(self) -> str:
        return f"redis://{LOOPBACK}:{self.ports['valkey']}/0"

    @property
    def mongo_url(self) -> str:
        address = f"{LOOPBACK}:{self.ports['mongo']}"
        return f"mongodb://{address}/gorder?replicaSet=rs0&retryWrites=false"

    def choose_port(self, server: str) -> int:
        """The server's port: the one it had, unless someone has taken it meanwhile.

        A server that was just killed holds its port for a moment longer: that is waited for.
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
    """Whether a server could listen there now, be it for TCP or for UDP."""
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            stream.bind((LOOPBACK, port))
            datagrams.bind((LOOPBACK, port))
            return True
    return False


def free_port(taken: set[int]) -> int:
    """A free loopback port.

    Raises:
        StackError: a hundred random ones were all in use.
    """
    for port in random.sample(_PORTS, 100):
        if port not in taken and is_free(port):
            return port
    raise StackError(f"No free port between {_PORTS.start} and {_PORTS.stop}: end some servers")
