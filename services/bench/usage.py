"""CPU seconds that each process of a system has used, children that have ended included."""

import os

import psutil


class Usage:
    """From its making to ``spent``. Postgres's backends count with their postmaster."""

    def __init__(self, processes: dict[str, psutil.Process]) -> None:
        self._processes = processes | {"driver": psutil.Process(os.getpid())}
        self._before = self._read()

    def spent(self) -> dict[str, float]:
        """Process -> CPU seconds since the start."""
        now = self._read()
        return {name: now[name] - before for name, before in self._before.items()}

    def _read(self) -> dict[str, float]:
        return {name: _seconds(process, name) for name, process in self._processes.items()}


def _seconds(process: psutil.Process, name: str) -> float:
    times = process.cpu_times()
    total = float(times.user + times.system)
    if name == "driver":
        return total  # its children are the system itself
    total += times.children_user + times.children_system
    for child in process.children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total
