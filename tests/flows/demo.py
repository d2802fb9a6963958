"""The demo as a user has it: a process of its own, its output, its files, and what it leaves running."""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.conftest import ROOT

LEDGERS = ROOT / "deploy" / "demo" / "yanfeng-2023"


@dataclass(frozen=True)
class Ended:
    """How a demo ended."""

    code: int
    out: str
    said: str
    """On stderr."""


def start(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start ``xinfang demo``; everything that it keeps for itself lies below ``folder``."""
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli", "demo", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1", "TERM": "dumb", "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *arguments: str | Path, seconds: float = 300) -> Ended:
    """Run it to its end."""
    process = start(folder, *arguments)
    try:
        out, said = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return Ended(process.returncode, out, said)


def left(folder: Path) -> list[str]:
    """What is left of what a demo with this folder had: files, and processes that know the folder in any way."""
    return [*(path.name for path in folder.iterdir()), *processes(folder)]


def processes(folder: Path) -> Iterable[str]:
    """Processes whose command, folder or environment names it."""
    for process in psutil.process_iter():
        try:
            about = (*process.cmdline(), process.cwd(), *process.environ().values())
        except psutil.Error:
            continue
        if any(str(folder) in one for one in about):
            yield f"{process.pid} {' '.join(process.cmdline())}"
