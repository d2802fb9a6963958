"""The ledger of what follows a conclusion: what it leads to, and the place of everything wrong in it."""

from collections import Counter
from pathlib import Path

import pytest
from xinfang_contracts.after import AnswerObjection, Help, PlanFollowUp, RecordFollowUp, RecordView, ReopenCase

from services.demo import ledgers, pressing_ledgers
from services.demo.after_ledgers import AFTER, joined, read
from services.demo.pressing_ledgers import Acts
from tests.conftest import ROOT
from tests.rules.given import YANFENG

LEDGERS = ROOT / "deploy" / "demo" / "yanfeng-2023"
RECEIVED = {one.serial: one for one in ledgers.read(LEDGERS, YANFENG).received}


def reading(folder: Path) -> Acts:
    return read(folder, YANFENG, RECEIVED)


def test_a_year_has_views_visits_one_declined_an_objection_explained_and_one_reopened() -> None:
    said = reading(LEDGERS).said
    assert {RecordView, AnswerObjection, PlanFollowUp, RecordFollowUp, ReopenCase} == {act.model for act in said}
    visits = Counter(act.fields["outcome"] for act in said if act.model is RecordFollowUp)
    assert visits == {"made": 3, "declined": 1, "not_reached": 1}
    assert sum(act.model is AnswerObjection for act in said) == sum("objection" in act.fields for act in said) == 1
    assert sum(act.model is ReopenCase for act in said) == 1


def test_who_is_led_to_court_is_told_by_code() -> None:
    (led,) = [act.fields for act in reading(LEDGERS).said if act.fields.get("receiver")]
    assert (led["receiver"], led["help"]) == ("court", [Help.EXPLAINED, Help.GUIDED_TO_COURT])


def test_without_the_ledger_nothing_is_said(tmp_path: Path) -> None:
    assert reading(tmp_path).said == []
    pressed = pressing_ledgers.read(LEDGERS, YANFENG, RECEIVED)
    assert joined(pressed, reading(tmp_path)) == pressed


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2023-061,意见", "2023-999,意见", "来件编号"),
        ("异议说明", "说明", "事项"),
        ("不满意,异议", "不满意,异见", "另"),
        ("不满意,异议,,,本人认为证人没有问全，要求说明", "不满意,异议,,,", "内容"),
        ("异议说明,,,,,,逐一说明问过哪些人、查过哪些账，为什么无法查实", "异议说明,,,,,,", "内容"),
        ("释理、引导诉讼", "释理、引导", "帮扶"),
        ("court", "courts", "对象"),
        ("计划回访,,2023-12-20", "计划回访,,年底", "选项"),
        ("不需要", "不要", "选项"),
        ("再访", "又来", "选项"),
        ("2023-02-23", "2023-02-30", "日期"),
    ],
)
def test_a_wrong_cell_is_named_with_its_file_line_and_column(tmp_path: Path, old: str, new: str, column: str) -> None:
    text = (LEDGERS / AFTER).read_text("utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    (tmp_path / AFTER).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ledgers.LedgerError) as error:
        reading(tmp_path)
    assert f"{AFTER}:{line}: {column}:" in str(error.value)
