"""Both scripts are compared as one, whatever stands beside a character."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.script import normal, simplified


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("區紀檢監察機關", "区纪检监察机关"),
        ("张三", "张三"),
        ("ABC 12", "ABC 12"),
        ("乾隆", "干隆"),
        ("曬乾", "晒干"),
        ("薴", "苎"),
        ("裡裏", "里里"),
        ("\ud842\ud800", "\ud842\ud800"),
    ],
)
def test_each_character_is_simplified_by_itself(written: str, plain: str) -> None:
    assert simplified(written) == plain


@given(st.text(), st.text())
def test_what_is_quoted_is_found_in_its_text(before: str, after: str) -> None:
    assert simplified(before + after) == simplified(before) + simplified(after)


@given(st.text())
def test_simplified_twice_is_as_simplified_once_and_as_long(text: str) -> None:
    once = simplified(text)
    assert (simplified(once), len(once)) == (once, len(text))


@given(st.text(st.sampled_from("，；：！？（）,;:!?()。中ＡA1１㈠ée\u0301\u0338\u3099か\u1100\u1161")) | st.text())
def test_normal_is_nfkc(text: str) -> None:
    assert normal(text) == unicodedata.normalize("NFKC", text)
