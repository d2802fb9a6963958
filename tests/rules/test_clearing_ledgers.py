"""The demo's ledger of clarifications: what it says, and that a wrong cell is named."""

from pathlib import Path

import pytest
from xinfang_contracts.clarification import ClarificationWay

from services.demo import ledgers
from services.demo.clearing_ledgers import CLEARING, FIGURES, read
from tests.rules.given import ROOT, YANFENG

LEDGERS = ROOT / "deploy/demo/yanfeng-2023"
RECEIVED = {one.serial: one for one in ledgers.read(LEDGERS, YANFENG).received}


def test_the_year_has_four_each_in_writing_and_in_one_way_more() -> None:
    found = read(LEDGERS, RECEIVED).rows
    assert len(found) == 4
    assert all(ClarificationWay.WRITING in one.ways and len(one.ways) > 1 for one in found)
    assert {one.applied for one in found} == {True, False}
    assert all(one.jointly for one in found)


def test_a_ledger_that_is_not_there_leaves_its_figure_unmeasured(tmp_path: Path) -> None:
    assert read(LEDGERS, RECEIVED).unmeasured == frozenset()
    assert (read(tmp_path, RECEIVED).rows, read(tmp_path, RECEIVED).unmeasured) == ([], FIGURES)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2023-061", "2023-999", "来件编号"),
        ("承办单位提出", "单位提出", "提出方式"),
        ("个人", "某人", "对象"),
        ("造成不良影响", "影响不好", "事由"),
        ("书面、会议", "书面、广播", "方式"),
        ("村(社区)", "村里", "范围"),
        ("党委、政府", "党委、公司", "会同"),
        ("已告知", "告知", "举报人"),
        ("2023-06-20", "2023-06-14", "实施日期"),
        ("2023-06-12", "2023-06-07", "核对日期"),
        ("2023-06-27", "2023-06-31", "归档日期"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, old: str, new: str, column: str) -> None:
    text = (LEDGERS / CLEARING).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / CLEARING).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ledgers.LedgerError, match=column):
        read(tmp_path, RECEIVED)
