"""Started as root: whom PostgreSQL, which refuses root, runs as, and programs that this one can read."""

import errno
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from services.embedded.child import Account
from services.embedded.ports import ServerFailed

CACHE = Path("/var/cache/xinfang")


def choose_account(cluster: Path) -> Account | None:
    """None when we are an ordinary user; as root the owner of an existing cluster, else `nobody`.

    initdb insists on a user that has a name, so an arbitrary free number will not do.
    """
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ServerFailed(
            "PostgreSQL refuses to run as root and there is no user `nobody`; start as an ordinary user"
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def _can_run(program: Path, account: Account) -> bool:
    # Asked by trying: modes, ACLs and mount options all have their say, and so has the library it loads.
    try:
        tried = subprocess.run(
            [str(program), "--version"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
        )
    except OSError as error:
        if error.errno == errno.EACCES:
            return False
        raise ServerFailed(
            f"cannot run PostgreSQL as uid {account.uid} ({error.strerror}); start as an ordinary user"
        ) from error
    return tried.returncode == 0


def _copy(install: Path, target: Path) -> None:
    package, libraries = install.parent, install.parent.parent / f"{install.parent.name}.libs"
    copied = target / package.name / install.name
    (copied / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy2(install / "bin" / program, copied / "bin" / program)
    for part in ("lib/postgresql", "share/postgresql"):
        shutil.copytree(install / part, copied / part, ignore=shutil.ignore_patterns("pgxs"))
    if libraries.is_dir():
        # initdb finds its libpq by $ORIGIN/../../../<package>.libs: the two must stay neighbours.
        shutil.copytree(libraries, target / libraries.name)
    for path in (target, *target.rglob("*")):
        executable = path.is_dir() or path.parent.name == "bin"
        path.chmod(0o755 if executable else 0o644)  # an umask of 077 would hide the copy again


def reachable_install(install: Path, account: Account | None, cache: Path = CACHE) -> Path:
    """`install`, or, where `account` cannot run it (a venv under /root), a copy of it below `cache`.

    Opening the parents' permissions instead would show root's home to everybody. The cache belongs to root
    and not to a place like /tmp, where another user could put his own programs beforehand.
    """
    if account is None or _can_run(install / "bin" / "postgres", account):
        return install
    digest = hashlib.sha256((install / "bin" / "postgres").read_bytes()).hexdigest()[:16]
    target = cache / f"postgres-{digest}"
    copied = target / install.parent.name / install.name
    if not target.exists():
        for made in (cache.parent, cache):
            if not made.exists():
                made.mkdir()
                made.chmod(0o755)
        half = Path(tempfile.mkdtemp(prefix="half-", dir=cache))
        try:
            _copy(install, half)
            half.rename(target)  # whole or not at all, also when two of us copy at once
        except OSError:
            shutil.rmtree(half, ignore_errors=True)
            if not target.exists():
                raise
    if not _can_run(copied / "bin" / "postgres", account):
        raise ServerFailed(f"uid {account.uid} can run PostgreSQL neither from {install} nor from {copied}")
    return copied
