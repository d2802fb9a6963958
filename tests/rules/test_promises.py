"""What a reporter is told to expect: the district's own terms; and how a code is read out."""

from datetime import date

import pytest
from xinfang_contracts.district import District

from services.intake.doors import promises
from services.intake.returns import receipt, spelling
from tests.rules.given import DISTRICTS, YANFENG


def with_clocks(**lengths: int | None) -> District:
    """雁峰区 with other lengths; None takes a clock away."""
    clocks = dict(YANFENG.clocks)
    for name, length in lengths.items():
        clocks.pop(name) if length is None else clocks.update(
            {name: clocks[name].model_copy(update={"length": length})}
        )
    return YANFENG.model_copy(update={"clocks": clocks})


@pytest.mark.parametrize("district", DISTRICTS, ids=lambda one: one.name)
@pytest.mark.parametrize("is_named", [True, False])
def test_every_sentence_is_in_both_languages(district: District, is_named: bool) -> None:
    steps = promises.next_steps(district, is_named=is_named, notice_by=date(2023, 3, 22))
    for sentence in (promises.real_name(district), *steps):
        chinese, english = sentence.split(" / ")
        assert chinese.endswith("。") and english.endswith(".") and english.isascii()


def test_lengths_and_articles_are_those_of_the_district_file() -> None:
    told = promises.real_name(with_clocks(acceptance_notice=7))
    assert "7 个工作日内告知您是否受理（规则26）" in told and "within 7 working days" in told
    steps = promises.next_steps(with_clocks(handling=5), is_named=True, notice_by=date(2023, 3, 22))
    assert any("不晚于 2023 年 3 月 22 日" in step for step in steps)
    assert any("5 个月内办结" in step for step in steps)


def test_where_a_district_has_no_such_clock_nothing_is_promised() -> None:
    bare = with_clocks(acceptance_notice=None, result_feedback=None)
    assert promises.real_name(bare).startswith("留下真实姓名和联系方式，就是实名举报：优先办理。")
    assert len(promises.next_steps(bare, is_named=True, notice_by=None)) == 2


def test_who_stays_anonymous_is_promised_no_notice() -> None:
    steps = promises.next_steps(YANFENG, is_named=False, notice_by=date(2023, 3, 22))
    assert not any("告知您" in step for step in steps)


def test_each_symbol_of_a_code_has_a_word_and_each_letter_one_of_its_own() -> None:
    codes = [receipt.write(bytes([i * 8 + i % 8]) * receipt.BYTES) for i in range(32)]
    spelt = [group for code in codes for group in spelling.groups(code)]
    assert {symbol for written, _, _ in spelt for symbol in written} == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    words = {word for _, said, _ in spelt for word in said.split("、")}
    assert len(words) == 32
    assert all(len(english.split(", ")) == len(written) for written, _, english in spelt)
