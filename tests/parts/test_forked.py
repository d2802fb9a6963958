"""Services forked for tests are what started ones are: processes of their own, with a code, a log and an end."""

import os
import subprocess
import sys
from pathlib import Path

from tests import forked
from tests.conftest import ROOT, YANFENG
from tests.eventually import eventually_sync

KILLED = f"""
import asyncio, os, signal, sys
from multiprocessing import forkserver
from pathlib import Path
from services.installation import Installation, Ports
from services.runtime.districts import load_districts
from tests import forked

district = Path({str(YANFENG)!r})
own = Installation(
    Path(sys.argv[1]), district, load_districts(district), replay=True, ports=Ports(), launch=forked.launch
)
own.start_servers()
asyncio.run(own.apply_topology())
own.start_service("metrics")
own.wait_ready()
print(forkserver._forkserver._forkserver_pid, own.running["metrics"].process.pid, own.nats.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_one_that_does_not_start_ends_with_its_code_and_says_why(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("ab") as out:
        process = forked.launch("nonsense", out, os.environ)
    assert process.wait(60) == process.poll() == 2
    assert "no such service: nonsense" in log.read_text()


def test_a_killed_run_leaves_nothing_running(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == -9, run.stderr
    pids = run.stdout.split()
    assert len(pids) == 3
    assert eventually_sync(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()], seconds=60)
