"""The vault's master keys, by version: ``master.secret`` is the first, ``master.2.secret`` the second, and so on.

A rotation adds a file; a service that runs sees it when the folder changes, so it need not be started again.
"""

import re
from pathlib import Path

from services.runtime import keys
from services.runtime.errors import StartError, WorldIll

MASTER = "master"
_FILE = re.compile(r"master(?:\.([2-9]|[1-9][0-9]+))?\.secret")


def name_of(version: int) -> str:
    """The name of a version's key file, without its ending."""
    return MASTER if version == 1 else f"{MASTER}.{version}"


def versions(folder: Path) -> list[int]:
    """The versions whose key files are there, ascending."""
    found = (_FILE.fullmatch(path.name) for path in folder.glob(f"{MASTER}*.secret"))
    return sorted(int(one[1] or 1) for one in found if one)


def make_first(folder: Path) -> None:
    """A first master key, unless there is any: after a rotation the first one's file may be gone for good."""
    if not versions(folder):
        keys.make_secret(folder, MASTER)


def make_next(folder: Path) -> None:
    """The next version, its file whole from the first moment: a service that runs may look at any time."""
    name = name_of(versions(folder)[-1] + 1)
    made = folder / f"new.{name}.secret"
    made.unlink(missing_ok=True)
    keys.make_secret(folder, f"new.{name}")
    made.rename(folder / f"{name}.secret")


class Masters:
    """The master keys in a folder. StartError when there is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = -1
        self._newest = 0
        self.newest()

    def newest(self) -> tuple[int, bytes]:
        """Version and key under which new petitions are kept."""
        seen = self._folder.stat().st_mtime_ns
        if seen != self._seen:
            found = versions(self._folder)
            if not found:
                raise StartError(f"密钥文件缺失或损坏 / key file missing or broken: {self._folder}/{MASTER}.secret")
            self._newest, self._seen = found[-1], seen
        return self._newest, self.key(self._newest)

    def key(self, version: int) -> bytes:
        """The key of one version; WorldIll when its file is not there, for that is no message's fault."""
        try:
            return keys.secret(self._folder, name_of(version))
        except StartError:
            raise WorldIll(f"master key {version} is missing") from None
