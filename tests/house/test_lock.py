"""The lock files: whole, hashed, without an address, and what pyproject.toml asks for."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = {
    "requirements.lock": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]],
    "requirements-build.lock": PROJECT["dependency-groups"]["build"],
}


def locked(name: str) -> dict[str, str]:
    """Distribution -> version."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pins = [line.split(";")[0].rstrip(" \\").split("==") for line in lines if not line.startswith(" ")]
    return {canonicalize_name(re.sub(r"\[.*\]", "", pin)): version for pin, version in pins}


@pytest.mark.parametrize("name", LOCKS)
def test_each_line_is_a_version_or_a_hash(name: str) -> None:
    for line in (ROOT / name).read_text("utf-8").splitlines():
        assert re.fullmatch(r"[a-z0-9.\[\]-]+==[\w.]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        assert "://" not in line


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_what_is_asked_for(name: str) -> None:
    pins = locked(name)
    for line in LOCKS[name]:
        wanted = Requirement(line)
        if wanted.name != "xinfang-contracts":
            assert wanted.specifier.contains(pins.get(canonicalize_name(wanted.name), "0")), f"{line}: run make lock"


def test_both_locks_agree() -> None:
    first, second = (locked(name) for name in LOCKS)
    assert {name: second[name] for name in first.keys() & second} == {
        name: first[name] for name in first.keys() & second
    }
