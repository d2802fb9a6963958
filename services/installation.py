"""An installation in one folder: keys, credentials, embedded servers and service processes.

For the embedded default (``xinfang up``, ``xinfang demo``), tests and the benchmark; production has its own servers.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import nats
from nats.aio.client import Client
from xinfang_contracts.district import District

from services import keyfiles
from services.catalogue import SERVICES, subscription_tables
from services.embedded import EmbeddedNats, EmbeddedPostgres, free_port, issuer, require_free, spawn
from services.runtime import credentials, keys, migrate, topology
from services.runtime.errors import StartError

MAX_PAYLOAD = 1_048_576
ISSUER_KEY, ISSUER_JWKS = "issuer.private.json", "issuer.jwks.json"
STORE = "store"
"""The secret under which the broker's store is encrypted."""


@dataclass
class Ports:
    """Where everything listens; None takes a free one."""

    nats: int | None = None
    postgres: int | None = None
    services: Mapping[str, int] = field(default_factory=dict)


class Started(Protocol):
    """A process that was started: as much of ``subprocess.Popen`` as is asked of it."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, None while it runs; a signal counts below zero."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; ``subprocess.TimeoutExpired`` when it still runs after so many seconds."""

    def send_signal(self, sig: int) -> None:
        """Nothing happens when it has ended."""

    def terminate(self) -> None:
        """SIGTERM."""

    def kill(self) -> None:
        """SIGKILL."""


Launch = Callable[[str, IO[bytes], Mapping[str, str]], Started]
"""Starts a service by its name, with a log to write to and all of its environment."""


def launch(service: str, log: IO[bytes], environment: Mapping[str, str]) -> Started:
    """In an interpreter of its own; it ends with us."""
    command = [sys.executable, "-m", "services.cli", "serve", service]
    return spawn(command, log, signal.SIGTERM, environment=environment)


@dataclass
class Running:
    """A service process and where its HTTP side listens."""

    process: Started
    port: int
    log: Path


class Installation:
    """Everything under ``folder``; what is there is used again, so a second start goes on where the first stopped."""

    def __init__(
        self,
        folder: Path,
        districts_path: Path,
        districts: Mapping[str, District],
        *,
        replay: bool,
        ports: Ports,
        launch: Launch = launch,
    ) -> None:
        self.folder = folder
        self.districts_path = districts_path.resolve()
        self.districts = districts
        self.replay = replay
        self.ports = ports
        self._launch = launch
        self.subscriptions = subscription_tables()
        self.users = credentials.users(self.subscriptions, districts.values(), replay=replay)
        for part in ("logs", "keys", "credentials", "nats", "postgres"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "credentials").chmod(0o700)
        self._make_keys()
        self.nats = self.make_nats()
        self.postgres = EmbeddedPostgres(folder / "postgres", ports.postgres, option="--postgres-port")
        self.running: dict[str, Running] = {}
        self._passwords: dict[str, str] = {}

    # -- set-up --------------------------------------------------------------------------------------------------

    def make_nats(self) -> EmbeddedNats:
        """A NATS server for the users that there are now, its store encrypted."""
        public = credentials.ensure_seeds(self.folder / "credentials", [user.name for user in self.users])
        return EmbeddedNats(
            self.folder / "nats",
            credentials.accounts(self.users, public),
            self.ports.nats,
            max_payload=MAX_PAYLOAD,
            option="--nats-port",
            store_key=keys.secret(self.folder / "keys", STORE).hex(),
        )

    def _make_keys(self) -> None:
        folder = self.folder / "keys"
        keyfiles.make_own(folder)
        keys.make_secret(folder, STORE)
        issuer.make_key(folder / ISSUER_KEY, folder / ISSUER_JWKS)
        for district in self.districts.values():
            for actor in keyfiles.readers(district):
                # In this one folder all sides are one; elsewhere a reader keeps the private half.
                keys.make_pair(folder, f"{district.code}.{actor}")

    def start_servers(self) -> None:
        """NATS and PostgreSQL, migrated; roles get fresh passwords at each start.

        Raises PortBusy, before anything is started, when any of the ports is taken.
        """
        self._require_ports()
        self.postgres.start()
        self.nats.start()
        migrate.upgrade(self.postgres.url)
        self._passwords = {service: migrate.new_password() for service in SERVICES}
        migrate.set_passwords(self.postgres.url, self._passwords)

    def _require_ports(self) -> None:
        if not self.nats.running:
            require_free(self.nats.port, "--nats-port")
        if not self.postgres.running:
            require_free(self.postgres.port, "--postgres-port")
        for service, port in self.ports.services.items():
            if service not in self.running:
                require_free(port, "--http-port")

    async def apply_topology(self) -> None:
        """Streams and consumers; schedules too, unless the districts are replayed."""
        client = await self.connect("operator")
        try:
            await topology.apply(
                client.jetstream(),
                self.subscriptions,
                self.districts.values(),
                schedules=not self.replay,
                replicas=1,
            )
            await topology.apply_figures(client, self.districts.values())
        finally:
            await client.close()

    async def connect(self, user: str) -> Client:
        """A plain client with one user's credential."""
        found = next(one for one in self.users if one.name == user)
        return await nats.connect(
            self.nats.url,
            nkeys_seed=str(credentials.seed_file(self.folder / "credentials", user)),
            inbox_prefix=found.inbox.encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=_quiet,
        )

    # -- services ------------------------------------------------------------------------------------------------

    def environment(self, service: str) -> dict[str, str]:
        """The environment of one service process."""
        scheme, rest = self.postgres.url.split("://", 1)
        address = rest.rsplit("@", 1)[1]
        role = migrate.role_of(service)
        places = {f"XINFANG_{name.upper()}_URL": f"http://127.0.0.1:{one.port}" for name, one in self.running.items()}
        return os.environ | {
            "XINFANG_NATS_URL": self.nats.url,
            "XINFANG_NATS_SEED": str(credentials.seed_file(self.folder / "credentials", service)),
            "XINFANG_DATABASE_URL": f"{scheme}://{role}:{self._passwords[service]}@{address}",
            "XINFANG_DISTRICTS": str(self.districts_path),
            "XINFANG_KEYS": str(self.folder / "keys"),
            "XINFANG_TIME": "replay" if self.replay else "broker",
            "XINFANG_EMBEDDED": "true",
            "XINFANG_OIDC_ISSUER": issuer.ISSUER,
            "XINFANG_OIDC_AUDIENCE": issuer.AUDIENCE,
            "XINFANG_OIDC_JWKS": str(self.folder / "keys" / ISSUER_JWKS),
            **{name: place for name, place in places.items() if name in ("XINFANG_INTAKE_URL", "XINFANG_ROUTING_URL")},
        }

    def start_service(self, service: str, *, replica: int = 1, crash_at: str | None = None) -> Running:
        """Start one service process; its name among the running ones is ``service`` or ``service-2`` and so on."""
        name = service if replica == 1 else f"{service}-{replica}"
        before = self.running.get(name)
        port = before.port if before else (self.ports.services.get(name) or free_port())
        log = self.folder / "logs" / f"{name}.log"
        environment = self.environment(service) | {"XINFANG_PORT": str(port)}
        if service == "review":
            # Here alone: whoever chooses to be somebody is that somebody.
            environment["XINFANG_DESK_URL"] = f"http://127.0.0.1:{port}"
            environment["XINFANG_DEVELOPMENT_ISSUER"] = str(self.folder / "keys" / ISSUER_KEY)
        environment.pop("XINFANG_CRASH_AT", None)
        if crash_at is not None:
            environment["XINFANG_CRASH_AT"] = crash_at
        with log.open("ab") as out:
            process = self._launch(service, out, environment)
        self.running[name] = Running(process, port, log)
        return self.running[name]

    def start_services(self, replicas: int = 1) -> None:
        """All four, and wait until they consume."""
        for service in SERVICES:
            for replica in range(1, replicas + 1):
                self.start_service(service, replica=replica)
        self.wait_ready()

    def wait_ready(self, names: Sequence[str] | None = None, *, seconds: float = 60) -> None:
        """Until these (else all) say that they consume. StartError, with the log's tail, when one does not."""
        deadline = time.monotonic() + seconds
        for name in names or list(self.running):
            running = self.running[name]
            while not _is_ready(running.port):
                if running.process.poll() is not None or time.monotonic() > deadline:
                    tail = "\n".join(running.log.read_text(errors="replace").splitlines()[-15:])
                    raise StartError(f"{name} 未就绪 / is not ready; {running.log}:\n{tail}")
                time.sleep(0.05)

    def kill_service(self, name: str) -> None:
        """``kill -9``."""
        self.running[name].process.kill()
        self.running[name].process.wait()

    def stop(self) -> None:
        """Everything, in order: services first, so that they can say what they have to say."""
        for running in self.running.values():
            if running.process.poll() is None:
                running.process.send_signal(signal.SIGTERM)
        for running in self.running.values():
            try:
                running.process.wait(30)
            except subprocess.TimeoutExpired:
                running.process.kill()
        self.nats.stop()
        self.postgres.stop()


async def _quiet(_error: Exception) -> None:
    """nats-py prints errors otherwise; a caller sees them at its own call."""


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(json.load(answer)["status"] == "ready")
    except OSError:
        return False


def new_id() -> str:
    """A message id for a door or a test client."""
    return secrets.token_hex(16)
