"""The wheel alone is enough for a publisher: built, installed into an empty environment, used."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
import xinfang_contracts

PACKAGE = Path(xinfang_contracts.__file__).parent
PROJECT = PACKAGE.parent

USE_IT = """
import importlib.util, json
from importlib.resources import files
import xinfang_contracts
from xinfang_contracts import envelope
from xinfang_contracts.registry import BY_TYPE

for type_, entry in BY_TYPE.items():
    example = json.loads(files(xinfang_contracts).joinpath("examples", f"{type_}.json").read_text("utf-8"))
    read, body = envelope.read(example["headers"], json.dumps(example["data"]).encode())
    assert read.type == type_
    entry.model.model_validate_json(body)
ours = ("services", "tests", "deploy", "nats", "joserfc")
strangers = [name for name in ours if importlib.util.find_spec(name)]
print(json.dumps({"version": xinfang_contracts.__version__, "types": len(BY_TYPE), "strangers": strangers}))
"""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", PROJECT, *options, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path) -> Path:
    """The interpreter of an environment that holds the wheel and what it asks for."""
    environment = wheel.parent / "venv"
    venv.create(environment)
    interpreter = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", interpreter, "install", "--quiet", wheel, cwd=wheel.parent)
    return interpreter


def test_the_wheel_holds_the_package_whole_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    ours = {
        file.relative_to(PROJECT).as_posix()
        for file in PACKAGE.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert names == ours
    assert any(name.endswith("py.typed") for name in names)


def test_the_wheel_alone_reads_every_example(python: Path, tmp_path: Path) -> None:
    said = json.loads(run(python, "-I", "-c", USE_IT, cwd=tmp_path))
    assert said["version"] == xinfang_contracts.__version__
    assert said["types"] > 0
    assert said["strangers"] == []


def test_the_wheel_brings_pydantic_and_what_pydantic_needs(python: Path, tmp_path: Path) -> None:
    listed = json.loads(run(sys.executable, "-m", "pip", "--python", python, "list", "--format", "json", cwd=tmp_path))
    names = {one["name"].replace("_", "-").lower() for one in listed}
    pydantics = {"pydantic", "pydantic-core", "annotated-types", "typing-extensions", "typing-inspection"}
    assert names == {"xinfang-contracts", *pydantics}


def test_a_publisher_runs_the_gate_with_the_wheel_alone(python: Path, tmp_path: Path) -> None:
    run(python, "-I", "-m", "xinfang_contracts", "export", "old", cwd=tmp_path)
    run(python, "-I", "-m", "xinfang_contracts", "export", "new", cwd=tmp_path)
    checked = json.loads(run(python, "-I", "-m", "xinfang_contracts", "check", "old", "new", "--json", cwd=tmp_path))
    assert checked == {"ok": True, "breaks": []}
