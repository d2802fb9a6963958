"""Services started from a process that has already imported them: two seconds of every start are spent once a run.

Each is a process of its own all the same, with its own session, environment and log: killed, it is dead.
"""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from typing import IO

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.preloaded"])
_PR_SET_PDEATHSIG = 1


class Forked:
    """A forked service, to be used as a ``subprocess.Popen`` is."""

    def __init__(self, process: ForkServerProcess) -> None:
        if process.pid is None:
            raise RuntimeError("not started")
        self.pid = process.pid
        self._process = process

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired(str(self._process.name), timeout or 0)
        return code

    def send_signal(self, sig: int) -> None:
        # Its number may be another's when it has ended.
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def launch(service: str, log: IO[bytes], environment: Mapping[str, str]) -> Forked:
    """As ``services.installation.launch`` does, without its imports."""
    process = _CONTEXT.Process(target=_serve, args=(service, log.name, dict(environment)), name=service)
    process.start()
    return Forked(process)


def _serve(service: str, log: str, environment: Mapping[str, str]) -> None:
    # The server ends when nobody holds this any more, and we end with the server: a killed test run leaves nothing.
    os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)
    os.environ.clear()
    os.environ.update(environment)
    from services.cli import app

    app(["serve", service])
