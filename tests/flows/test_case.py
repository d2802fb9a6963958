"""`xinfang case`: what happened to a petition and why, read from the stream with the operator's credential."""

import asyncio
import json
import subprocess
import sys

import pytest

from services.installation import Installation
from tests.conftest import ROOT
from tests.faults.script import SUBMISSIONS, number
from tests.flows.played import play_one

YEAR = 2032
PETITION = number(YEAR, 1)


@pytest.fixture(scope="module")
def played(installation: Installation) -> Installation:
    """One petition up to its conclusion."""
    asyncio.run(play_one(installation, YEAR))
    return installation


def case(installation: Installation, number: str, *more: str, nats_url: str = "") -> subprocess.CompletedProcess[str]:
    seed = installation.folder / "credentials" / "operator.nk"
    where = ["--seed", str(seed), "--nats-url", nats_url or installation.nats.url]
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "case", number, *where, *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_every_step_is_told_with_its_rule_and_no_word_of_anybody(played: Installation) -> None:
    ended = case(played, PETITION, "--json")
    assert ended.returncode == 0, ended.stderr
    steps = json.loads(ended.stdout)["steps"]
    facts = [step["fact"] for step in steps]
    assert facts[0] == "petition_registered"
    assert facts.index("petition_accepted") < facts.index("case_assigned") < facts.index("report_submitted")
    assert "case_concluded" in facts
    assert next(step for step in steps if step["fact"] == "case_assigned")["rule"]
    shown = case(played, PETITION)
    assert shown.returncode == 0
    for step in steps:
        assert step["sentence"] in shown.stdout
    assert SUBMISSIONS[0].content.text not in ended.stdout + shown.stdout


def test_what_is_not_there_is_said_so(played: Installation) -> None:
    ended = case(played, number(YEAR, 999))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "没有这件信访" in ended.stderr
    wrong = case(played, "17")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "430406" not in wrong.stderr


def test_a_broker_that_is_away_is_named(played: Installation) -> None:
    ended = case(played, PETITION, nats_url="nats://127.0.0.1:1")
    assert ended.returncode == 2
    assert "nats://127.0.0.1:1" in ended.stderr
