"""The demo's year has a case in every mode, as its ledgers and the district file stand."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from xinfang_contracts.intake import PetitionAccepted, ScreenPetition
from xinfang_contracts.routing import CaseAssigned, Mode

from services.demo.ledgers import SCREENING, LedgerError, Screened, read
from services.intake.decide import Facts, screen
from services.intake.state import Registered
from tests.rules.given import NOW, ROOT, YANFENG, facts, traits
from tests.rules.hands import Hands

LEDGERS = ROOT / "deploy/demo/yanfeng-2023"


def test_the_year_shows_cases_in_every_mode() -> None:
    ledgers = read(LEDGERS, YANFENG)
    places = {row.serial: row.cells["所涉村社区"] for row in ledgers.received}
    concluded = {row.serial for row in ledgers.reported}
    modes: Counter[Mode] = Counter()
    loads: Counter[str] = Counter()
    for place, row in enumerate(one for one in ledgers.screened if one.on.year == 2023):
        if row.decision["kind"] != "accept":
            continue
        fact = _assigned(row, place, YANFENG.town_of(places[row.serial] or None), loads)
        modes[fact.mode] += 1
        # Taken up, it would pass another chain, and not count among those jointly reviewed.
        assert fact.mode is not Mode.TAKE_UP or row.serial not in concluded
    assert {*modes} == {*Mode}


@pytest.mark.parametrize(
    "cell", ["leader_nobody 曾任职", "leader_deputy_1 看不惯", "曾任职", "superior_430400 利害关系"]
)
def test_a_tie_that_is_no_code_and_kind_is_refused_with_its_line(tmp_path: Path, cell: str) -> None:
    shutil.copytree(LEDGERS, tmp_path, dirs_exist_ok=True)
    screening = tmp_path / SCREENING
    text = screening.read_text("utf-8")
    assert text.count("leader_deputy_2 曾任职") == 1
    screening.write_text(text.replace("leader_deputy_2 曾任职", cell), "utf-8")
    with pytest.raises(LedgerError, match=r"\.csv:\d+: 回避: 应为"):
        read(tmp_path, YANFENG)


def _assigned(row: Screened, place: int, town: str | None, loads: Counter[str]) -> CaseAssigned:
    number = f"430406-2023-{place + 1:06d}"
    decision = row.decision | {"repeat_of": None}
    message = ScreenPetition.model_validate({"petition": number, "decision": decision})
    clerk = Facts(YANFENG, "office_petition", number)
    accepted = facts(screen(Registered(traits=traits(town=town)), message, clerk, now=NOW))[0]
    assert isinstance(accepted, PetitionAccepted)
    assigned = Hands(YANFENG, accepted, loads).said[0]
    assert isinstance(assigned, CaseAssigned)
    return assigned
