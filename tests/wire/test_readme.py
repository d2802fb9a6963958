"""The publisher's lines in the contracts' README do what they promise."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import xinfang_contracts
from joserfc import jwe
from joserfc.jwk import OKPKey
from xinfang_contracts import envelope
from xinfang_contracts.intake import PetitionContent, SubmitPetition

PROJECT = Path(xinfang_contracts.__file__).parents[1]
CONTENT = PetitionContent(text="反映某村集体收入未公开。（虚构范例）")


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """The names that the README's Python block defines."""
    (block,) = re.findall(r"```python\n(.*?)```", (PROJECT / "README.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "readme"}
    exec(compile(block, "README.md", "exec"), names)
    return names


def test_the_written_petition_is_a_valid_command_that_only_intake_can_open(written: dict[str, Any]) -> None:
    key = OKPKey.generate_key("X25519")
    public = OKPKey.import_key(key.as_dict(private=False))
    subject, body, headers = written["petition"](public, "hotline", CONTENT, "hotline-2023-000812")
    assert subject == "xf.990001.command.intake.submit_petition.v1.partner_hotline"
    read, data = envelope.read(headers, body)
    assert (read.id, read.source) == ("hotline-2023-000812", "990001.partner_hotline")
    plaintext = jwe.decrypt_compact(SubmitPetition.model_validate_json(data).content, key).plaintext
    assert plaintext is not None
    assert PetitionContent.model_validate_json(plaintext) == CONTENT


def test_the_changelog_ends_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (PROJECT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == xinfang_contracts.__version__


def test_the_distribution_needs_pydantic_only() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert [re.split(r"[<>=~!]", one)[0] for one in project["dependencies"]] == ["pydantic"]
