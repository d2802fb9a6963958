"""What no file of this repository may hold, and how long one may be."""

import re
import subprocess
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The folders of somebody's machine. Split, so that this file passes its own test.
MACHINE = re.compile(
    "/(?:" + "work" + "|" + "farm" + ")/[a-z]|/" + "home/[a-z]+/|/" + r"root/[\w.]|/" + "Users/[A-Za-z]"
)
LONG = 400


def files(pattern: str = "") -> list[Path]:
    """The repository's files, those not yet added included."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *([pattern] if pattern else [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for file in files()
        for number, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), 1)
        if MACHINE.search(line)
    ]
    assert not found


@pytest.mark.filterwarnings("default::UserWarning")
def test_long_files_are_named() -> None:
    """A long file is a place to look, not a fault: it is named among the warnings at the end."""
    for file in files("*.py"):
        if (lines := len(file.read_text("utf-8").splitlines())) > LONG:
            warnings.warn(f"{file.relative_to(ROOT)}: {lines} 行 / lines", UserWarning, stacklevel=1)
