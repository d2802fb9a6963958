"""The layers of pyproject.toml hold, and nothing is imported that is not asked for."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OURS = {"services", "xinfang_contracts", "tests", "deploy"}
# They come with what is asked for, and are part of its interface.
BROUGHT_BY = {
    "pydantic-core": "pydantic",
    "starlette": "fastapi",
    "markupsafe": "jinja2",
    "docker": "testcontainers",
    "packaging": "pytest",
}


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for(*groups: str) -> set[str]:
    """The distributions that pyproject.toml names."""
    lines = [
        *PROJECT["project"]["dependencies"],
        *(one for name in groups for one in PROJECT["dependency-groups"][name]),
    ]
    return {normal(Requirement(line).name) for line in lines}


def imported(folder: str) -> set[str]:
    """The top-level modules that the files below a folder import, wherever in the file."""
    found: set[str] = set()
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - OURS - set(sys.stdlib_module_names)


def test_the_layers_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("folder", "groups"), [("services", ()), ("deploy", ()), ("tests", ("dev",))])
def test_what_is_imported_is_asked_for(folder: str, groups: tuple[str, ...]) -> None:
    brought_by = packages_distributions()
    strangers = set()
    for module in imported(folder):
        names = {normal(name) for name in brought_by.get(module, [])}
        names |= {BROUGHT_BY[name] for name in names & BROUGHT_BY.keys()}
        if not names & asked_for(*groups):
            strangers.add(module)
    assert not strangers
