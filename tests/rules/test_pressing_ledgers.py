"""The demo's ledgers of hearings and of the pressing: what they say, and that a wrong cell is named."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from xinfang_contracts.hearings import RecordHearing
from xinfang_contracts.pressing import IssueSupervisionLetter, RecordMeasure

from services.demo import ledgers
from services.demo.pressing_ledgers import HEARINGS, PRESSING, Acts, read
from tests.rules.given import ROOT, YANFENG

LEDGERS = ROOT / "deploy/demo/yanfeng-2023"
RECEIVED = {one.serial: one for one in ledgers.read(LEDGERS, YANFENG).received}


def reading(folder: Path) -> Acts:
    return read(folder, YANFENG, RECEIVED)


def test_the_year_has_four_special_hearings_and_one_of_the_committee_each_month() -> None:
    held = [act for act in reading(LEDGERS).said if act.model is RecordHearing]
    assert Counter(act.fields["kind"] for act in held) == {"special": 4, "monthly": 12}
    assert {act.on.month for act in held if act.fields["kind"] == "monthly"} == set(range(1, 13))
    assert all(act.petitions for act in held if act.fields["kind"] == "special")


def test_a_measure_is_its_owners_and_a_letter_names_who_writes_it() -> None:
    said = reading(LEDGERS).said
    assert {act.actor for act in said if act.model is RecordMeasure} == {None}
    letters = [act for act in said if act.model is IssueSupervisionLetter]
    assert {(act.actor, act.document, act.kind) for act in letters} == {("leader_deputy_1", "letter", "letter")}


def test_a_ledger_that_is_not_there_leaves_its_figures_unmeasured(tmp_path: Path) -> None:
    assert reading(LEDGERS).unmeasured == frozenset()
    shutil.copy(LEDGERS / PRESSING, tmp_path)
    found = reading(tmp_path)
    assert found.unmeasured == {"special_hearings", "monthly_hearings"}
    assert found.said
    assert reading(tmp_path / "nothing").said == []


@pytest.mark.parametrize(
    ("name", "old", "new", "column"),
    [
        (HEARINGS, "2023-139", "2023-999", "来件编号"),
        (HEARINGS, "专题", "专项", "种类"),
        (HEARINGS, "久拖不决", "久拖", "召集原因"),
        (HEARINGS, "leader_assist_2", "leader_gone", "参加"),
        (HEARINGS, "2023-01-31", "2023-02-31", "日期"),
        (PRESSING, "复函", "回函", "事项"),
        (PRESSING, "housing", "house", "对象"),
        (PRESSING, "敷衍推诿", "推诿", "选项"),
        (PRESSING, "2023-139", "", "来件编号"),
        (PRESSING, "4860", "四千", "金额"),
    ],
)
def test_a_wrong_cell_is_named_with_its_file_line_and_column(
    tmp_path: Path, name: str, old: str, new: str, column: str
) -> None:
    text = (LEDGERS / name).read_text("utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    (tmp_path / name).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ledgers.LedgerError) as error:
        reading(tmp_path)
    assert f"{name}:{line}: {column}:" in str(error.value)
