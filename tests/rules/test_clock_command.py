"""``xinfang clock``: the due moment and the working, for people and for scripts, and what to do about an error."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from tests.rules.given import ROOT, YANFENG

LIUYUAN_FILE = ROOT / "tests" / "districts" / "liuyuan.yaml"


def clock(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["clock", *map(str, arguments)])


def told(*arguments: str | Path) -> dict[str, Any]:
    found = clock(*arguments, "--json")
    assert found.exit_code == 0, found.output
    answer: dict[str, Any] = json.loads(found.output)
    return answer


def test_every_day_of_the_count_is_told_with_why() -> None:
    found = told("up_report", "--from", "2024-02-08")
    assert (found["last_day"], found["due_at"], found["basis"]) == ("2024-02-21", "2024-02-22T00:00:00+08:00", "规则15")
    kinds = {day["on"]: (day["kind"], day["number"]) for day in found["days"]}
    assert kinds["2024-02-09"] == ("counted", 1)
    assert {kinds[f"2024-02-{day}"] for day in range(10, 18)} <= {("holiday", None), ("weekend", None)}
    assert kinds["2024-02-15"] == ("holiday", None)
    assert kinds["2024-02-18"] == ("made_up", 2)
    assert list(kinds)[-1] == "2024-02-21"
    assert kinds["2024-02-21"] == ("counted", 5)


@pytest.mark.parametrize("name", YANFENG.clocks)
def test_any_clock_of_the_file_is_told_to_people_in_both_languages(name: str) -> None:
    found = clock(name, "--from", "2026-12-31T23:59+08:00")
    assert found.exit_code == 0
    assert "届满 / runs out: 202" in found.output
    assert YANFENG.clocks[name].basis in found.output
    # Of 2027 nothing official is known.
    assert ("provisional" in found.output) is (YANFENG.clocks[name].unit == "working_day")


@pytest.mark.parametrize(
    ("begun", "last"),
    [
        ("2024-02-29", "2024-05-29"),
        ("2023-11-30T23:59:59+08:00", "2024-02-29"),
        ("2023-11-30T15:59:59Z", "2024-02-29"),
        ("2023-11-30T16:00Z", "2024-03-01"),
        ("2023-11-30T23:59", "2024-02-29"),
    ],
)
def test_a_time_may_be_written_in_any_of_these_ways(begun: str, last: str) -> None:
    assert told("handling", "--from", begun)["last_day"] == last


def test_the_three_colours_are_told() -> None:
    assert told("handling", "--from", "2023-03-01")["warnings"] == {
        "blue": "2023-05-03T00:00:00+08:00",
        "yellow": "2023-05-18T00:00:00+08:00",
        "red": "2023-05-28T00:00:00+08:00",
    }
    assert "黄色 yellow 2023-05-18 00:00" in clock("handling", "--from", "2023-03-01").output


def test_another_districts_file_has_its_own_clocks_and_days() -> None:
    found = told("hearing", "--from", "2023-03-01", "--district", LIUYUAN_FILE)
    assert [day["kind"] for day in found["days"][:4]] == ["counted", "holiday", "made_up", "weekend"]


def test_a_clock_that_is_not_there_is_answered_with_those_that_are() -> None:
    found = clock("handle", "--from", "2024-02-08")
    assert found.exit_code == 2
    assert "handle" in found.output
    assert all(name in found.output for name in YANFENG.clocks)


@pytest.mark.parametrize("begun", ["yesterday", "2024-02-30", "08.02.2024", ""])
def test_a_time_that_is_none_is_answered_with_how_to_write_one(begun: str) -> None:
    found = clock("handling", "--from", begun)
    assert found.exit_code == 2
    assert "2024-02-08T23:59+08:00" in found.output
