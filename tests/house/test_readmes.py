"""The commands that a README names are there."""

import re
import subprocess
from pathlib import Path

import pytest
import typer
import typer.main

from services.cli import app

ROOT = Path(__file__).resolve().parents[2]
READMES = [one for one in (ROOT / "README.md", ROOT / "contracts" / "README.md") if one.exists()]


def named(readme: Path, program: str) -> set[str]:
    """The first words after a program in the README's code, blocks and spans."""
    text = readme.read_text("utf-8")
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return set(re.findall(rf"(?:^|[`\s&;])\$? ?{program} ([a-z][a-z-]+)", "\n".join(code), re.MULTILINE))


@pytest.mark.parametrize("readme", READMES, ids=lambda readme: readme.relative_to(ROOT).as_posix())
def test_the_readme_names_commands_that_are_there(readme: Path) -> None:
    command = typer.main.get_command(app)
    assert named(readme, "xinfang") <= set(getattr(command, "commands", {}))
    listed = subprocess.run(["make", "-npq"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert named(readme, "make") <= set(re.findall(r"^([a-z]+):", listed, re.MULTILINE))
