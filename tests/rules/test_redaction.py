"""The redaction gate sees a reporter however they are written, and lets an ordinary letter pass."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xinfang_contracts.intake import PetitionContent, Reporter

from services.intake.vault.redaction import RUN, find_leaks

NAME, PHONE, MAIL = "金丝雀拟", "13900001234", "jinsique@example.cn"
TEXT = "反映某村主任把鱼塘承包款三年没有公布,去年八月又把集体的树卖给了自己的亲戚。"
PETITION = PetitionContent(
    text=TEXT,
    reporter=Reporter(name=NAME, contact=f"{PHONE} {MAIL} 雁峰区某某街道虚构巷十二号"),
    village="430406003004",
)
LETTER = (
    "关于您反映问题的答复(430406-2023-000017):\n"
    "    您好!您于2023年2月27日反映的村级资金问题,我委已于2023年3月1日受理,由有关单位按照规定办理。"
    "经核查,鱼塘承包款已于2022年12月31日公布,金额为1,250,000元。如对办理结果有异议,可在三十日内提出。"
    "联系电话:0734-8000000。雁峰区纪委监委信访室 二〇二三年五月十五日"
)
SEPARATORS = [" ", "\u3000", "\t", "\n", "\u200b", "\u2060", "·", "・", "、", "-", "—", "_", "*", "「", "』", "︰", "."]
CHINESE = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
FORMAL = dict(zip("0123456789", "零壹贰叁肆伍陆柒捌玖", strict=True))
WIDE = {chr(one): chr(one + 0xFEE0) for one in range(0x21, 0x7F)}

between = st.text(alphabet=st.sampled_from(SEPARATORS), max_size=4)
around = st.sampled_from(["", LETTER, "答复:", "经办人告诉"])


@st.composite
def spaced(draw: st.DrawFn, word: str, *spellings: dict[str, str]) -> str:
    """A word with anything between its characters, each spelt in one of these ways."""
    ways: Sequence[dict[str, str]] = [{}, *spellings]
    return "".join(draw(st.sampled_from(ways)).get(one, one) + draw(between) for one in word)


@given(spaced(NAME), around, around)
def test_a_name_is_seen_however_it_is_spaced(name: str, before: str, after: str) -> None:
    assert "name" in find_leaks(f"{before}{name}{after}", PETITION)


@given(spaced("Zhang San Feng", WIDE), around)
def test_a_name_in_latin_letters_is_seen_in_any_width_and_case(name: str, before: str) -> None:
    reporter = PetitionContent(text=TEXT, reporter=Reporter(name="ZHANG san-feng (本人)"))
    assert "name" in find_leaks(before + name, reporter)


@given(spaced(PHONE, CHINESE, FORMAL, WIDE), st.sampled_from(["", "电话", "86", "+86 ", "请打", "(0734)"]))
def test_a_telephone_number_is_seen_in_any_grouping_and_any_digits(phone: str, before: str) -> None:
    assert "phone" in find_leaks(f"{LETTER}{before}{phone},请保密", PETITION)


@pytest.mark.parametrize("contact", ["+86 139-0000-1234", "手机139 0000 1234、宅电", "一三九〇〇〇〇一二三四"])
def test_a_telephone_number_is_read_however_the_reporter_wrote_it(contact: str) -> None:
    reporter = PetitionContent(text=TEXT, reporter=Reporter(contact=contact))
    assert "phone" in find_leaks("可拨打 1390 0001 234", reporter)


def test_a_line_is_known_without_its_area_code_and_a_mobile_by_the_text_alone() -> None:
    line = PetitionContent(text=TEXT, reporter=Reporter(contact="0734-8000001"))
    assert find_leaks("请回电 800 0001", line) == ["phone"]
    assert find_leaks("请回电139,0000,1234", PetitionContent(text=f"{TEXT}打{PHONE}找我")) == ["phone"]


@given(spaced(MAIL, WIDE))
def test_an_address_for_mail_is_seen(mail: str) -> None:
    assert "email" in find_leaks(f"{LETTER}{mail}", PETITION)


@pytest.mark.parametrize("mail", ["jinsique at example dot cn", "JINSIQUE(艾特)example点cn"])
def test_an_address_for_mail_is_seen_when_its_signs_are_spelt(mail: str) -> None:
    assert "email" in find_leaks(mail, PETITION)


@given(spaced("430406199001011234", CHINESE, WIDE))
def test_the_shape_of_an_identity_card_is_seen(number: str) -> None:
    assert "id_number" in find_leaks(f"{LETTER}证件{number}。", PETITION)
    assert "id_number" in find_leaks("证件430406 19900101 123x", PETITION)


def test_where_the_reporter_lives_is_seen_without_the_district() -> None:
    assert find_leaks("来信人住在虚构巷 十二号", PETITION) == ["contact"]


@given(st.integers(0, 200), st.data())
def test_the_reporters_own_sentence_is_seen_with_other_blanks_and_punctuation(start: int, data: st.DataObject) -> None:
    letters = [one for one in TEXT if one.isalnum()]
    start %= len(letters) - RUN + 1
    run = "".join(one + data.draw(between) for one in letters[start : start + RUN])
    assert find_leaks(f"您说「{run}」", PETITION) == ["quotation"]


def test_a_name_of_the_organ_in_both_is_no_quotation() -> None:
    organ = "雁峰区纪律检查委员会监察委员会"
    letter, petition = f"由{organ}答复", PetitionContent(text=f"尊敬的{organ}")
    assert find_leaks(letter, petition) == ["quotation"]
    assert find_leaks(letter, petition, [organ]) == []


def test_an_ordinary_official_letter_passes() -> None:
    assert find_leaks(LETTER, PETITION, ["雁峰区纪委监委"]) == []


@given(st.sampled_from(["匿名", "群众", "(匿名)", "某", "", None]))
def test_what_is_no_name_reveals_nobody(name: str | None) -> None:
    anonymous = PetitionContent(text=TEXT, reporter=Reporter(name=name))
    assert find_leaks(f"{LETTER}匿名群众某", anonymous) == []


def test_no_code_holds_a_word() -> None:
    leaks = find_leaks(f"{NAME}{PHONE}{MAIL}{TEXT}430406199001011234虚构巷十二号430406003004", PETITION)
    assert leaks == ["name", "phone", "email", "id_number", "contact", "village", "quotation"]
