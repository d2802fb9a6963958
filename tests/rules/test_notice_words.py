"""What notices say and to which address, and that nobody else can read anything out of them."""

import json
import re
import zlib
from datetime import UTC, date, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xinfang_contracts.district import Notices
from xinfang_contracts.intake import Accused, PetitionContent, Reporter
from xinfang_contracts.notices import NoticeKind

from services.intake.notices.adapters.pdf import pdf_of, printable
from services.intake.notices.adapters.smtp import MailServer, mail_servers, message_of
from services.intake.notices.adapters.templates import FOLDER, wordings
from services.intake.notices.contact import addressee, mail_address, postal_address
from services.intake.notices.delays import DELAYS, next_try
from services.intake.notices.wording import NAMES, Letter, Mail, Matter, Wording, prints, unfit
from services.intake.vault.custody import official_names
from services.runtime.errors import StartError
from tests.rules.given import LIUYUAN, NUMBER, YANFENG

WORDING = Wording({name: (FOLDER / name).read_text("utf-8") for name in NAMES})
NAME, PLACE = "某戊己", "衡阳市虚构路一百号"
DAY = date(2023, 3, 6)
SENTENCE = "虚构的鱼塘承包款三年没有公布账目"
CONTENT = PetitionContent(
    text=f"{SENTENCE},请核查",
    accused=[Accused(name="某丁", organisation="虚构村民委员会", post="主任")],
    reporter=Reporter(name=NAME, contact=f"{PLACE} 139-0000-1234 canary@mail.example"),
    village="430406003004",
)
SPARED = official_names(YANFENG)
every_kind = pytest.mark.parametrize("kind", NoticeKind)


def mail(kind: NoticeKind = NoticeKind.ACCEPTANCE, to: str = "canary@mail.example") -> Mail:
    return WORDING.mail(kind, to, DAY, YANFENG)


def letter(kind: NoticeKind = NoticeKind.ACCEPTANCE, name: str = NAME, wording: Wording = WORDING) -> Letter:
    return wording.letter(kind, name, PLACE, Matter(NUMBER, date(2023, 2, 27), DAY), YANFENG)


# -- addresses


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        ("canary@mail.example", "canary@mail.example"),
        ("邮箱:Canary.Lark+1@mail.example,电话139-0000-1234", "Canary.Lark+1@mail.example"),
        ("canary@mail.example 或 lark@mail.example", "canary@mail.example"),
        ("139-0000-1234", None),
        ("canary@mail", None),
        ("canary@mail.example@lark.example", None),
        ("微信 @canary", None),
        ("金丝雀@mail.example", None),
        (None, None),
    ],
)
def test_an_address_for_mail_is_found_in_a_contact(contact: str | None, found: str | None) -> None:
    assert mail_address(contact) == found


@given(st.text(max_size=60))
def test_an_address_never_holds_what_could_begin_another_header_or_another_recipient(text: str) -> None:
    found = mail_address(f"{text}canary@mail.example{text}")
    assert found is None or not re.search(r"[\s,;:<>()\"\x00-\x1f]", found)


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        (PLACE, PLACE),
        (f"{PLACE},电话:139-0000-1234", PLACE),
        (f"手机13900001234;地址:421001 {PLACE} 302室", f"421001 {PLACE} 302室"),
        (f"canary@mail.example {PLACE}", PLACE),
        ("139-0000-1234", None),
        ("微信号 canary123", None),
        ("canary@mail.example", None),
        (None, None),
    ],
)
def test_an_address_for_a_letter_is_what_reads_like_a_place(contact: str | None, found: str | None) -> None:
    assert postal_address(contact) == found


@pytest.mark.parametrize(
    ("name", "found"), [("某戊己", "某戊己"), ("某戊己(化名)", "某戊己"), ("(匿名)", None), (None, None)]
)
def test_a_letter_is_to_the_name_without_what_was_added(name: str | None, found: str | None) -> None:
    assert addressee(name) == found


# -- words


@every_kind
def test_a_mail_tells_nothing_of_the_petition_the_people_or_the_organ(kind: NoticeKind) -> None:
    written = mail(kind)
    said = f"{written.subject}\n{written.body}"
    telling = [NAME, PLACE, "某丁", "虚构", NUMBER, "430406", YANFENG.name, YANFENG.organ]
    telling += [
        "纪委",
        "监委",
        "监察",
        "纪检",
        "举报",
        "信访",
        "控告",
        "反映",
        "受理",
        "案",
        "canary",
        "petition",
        "report",
    ]
    assert [word for word in telling if word in said.casefold()] == []
    assert unfit(written, CONTENT, SPARED) == []


@every_kind
def test_a_letter_tells_its_reporter_the_number_and_nothing_of_what_was_reported(kind: NoticeKind) -> None:
    written = letter(kind)
    text = "".join(written.paragraphs)
    assert NAME in text and NUMBER in text and "2023年2月27日" in text
    assert not any(word in text for word in ("某丁", "虚构", "鱼塘", "139"))
    assert unfit(written, CONTENT, SPARED) == []


def test_where_to_ask_and_the_return_address_are_the_districts() -> None:
    assert "请询" not in mail().body
    settings = Notices(ask="0734-0000000", return_address="某某信箱 18 号")
    district = YANFENG.model_copy(update={"notices": settings})
    assert "0734-0000000" in WORDING.mail(NoticeKind.ACCEPTANCE, "a@b.example", DAY, district).body
    written = WORDING.letter(NoticeKind.ACCEPTANCE, NAME, PLACE, Matter(NUMBER, DAY, DAY), district)
    assert (written.return_address, letter().return_address) == ("某某信箱 18 号", None)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (NAME, "name"),
        ("13900001234", "phone"),
        ("canary@mail.example", "email"),
        (SENTENCE, "quotation"),
        ("430406003004", "village"),
        ("某丁", "accused"),
        ("虚构村民委员会", "accused"),
    ],
)
def test_what_a_template_must_not_say_is_held_back(words: str, code: str) -> None:
    revealing = mail().model_copy(update={"body": f"您好,{words},请查询"})
    assert code in unfit(revealing, CONTENT, SPARED)
    if code != "name":
        inside = letter().model_copy(update={"paragraphs": [f"您好,{words},请查询"]})
        assert code in unfit(inside, CONTENT, SPARED)


def test_the_organs_own_name_is_no_accused() -> None:
    content = CONTENT.model_copy(update={"accused": [Accused(name="某丁", organisation=YANFENG.organ)]})
    assert unfit(letter(), content, SPARED) == []


# -- templates


def test_a_districts_own_templates_stand_in_for_ours(tmp_path: Path) -> None:
    own = tmp_path / f"{LIUYUAN.code}.notices"
    own.mkdir()
    (own / "acceptance.letter.txt").write_text("柳原区的告知\n\n{{ name }},编号{{ number }}已受理。\n")
    found = wordings({one.code: one for one in (YANFENG, LIUYUAN)}, tmp_path)
    assert letter(wording=found[LIUYUAN.code]).title == "柳原区的告知"
    assert letter(wording=found[YANFENG.code]).title == "受理告知书"
    assert letter(NoticeKind.RESULT, wording=found[LIUYUAN.code]).title == "办理结果告知书"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("acceptance.letter.txt", "题\n\n{{ accused }}"),
        ("acceptance.mail.txt", "题\n\n{{ name }}"),
        ("acceptance.mail.txt", "只有主题"),
        ("result.mail.txt", "{% if %}"),
        ("result.mail.txt", ""),
        ("acceptance.mial.txt", "题\n\n文"),
    ],
)
def test_a_template_that_is_broken_or_asks_for_more_stops_the_start(tmp_path: Path, name: str, text: str) -> None:
    own = tmp_path / f"{YANFENG.code}.notices"
    own.mkdir()
    (own / name).write_text(text)
    with pytest.raises(StartError):
        wordings({YANFENG.code: YANFENG}, tmp_path)


# -- the mail as it is sent


def server(folder: Path, **changes: object) -> MailServer:
    given = {"host": "mail.example", "sender": "noreply@answers.example"} | changes
    (folder / f"{YANFENG.code}.smtp.json").write_text(json.dumps(given))
    return mail_servers({YANFENG.code: YANFENG}, folder)[YANFENG.code]


def test_a_mail_has_neutral_headers_only_and_is_the_same_each_time(tmp_path: Path) -> None:
    at = datetime(2023, 3, 6, 9, tzinfo=UTC)
    sent = message_of(mail(), server(tmp_path), "0f" * 16, at)
    assert sent.as_bytes() == message_of(mail(), server(tmp_path), "0f" * 16, at).as_bytes()
    assert dict(sent.items()) == {
        "From": "noreply@answers.example",
        "To": "canary@mail.example",
        "Subject": "您有一条答复 / You have an answer",
        "Date": "Mon, 06 Mar 2023 09:00:00 +0000",
        "Message-ID": f"<{'0f' * 16}@answers.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "base64",
        "MIME-Version": "1.0",
    }
    body = message_from_bytes(sent.as_bytes()).get_payload(decode=True)
    assert isinstance(body, bytes) and body.decode().replace("\r\n", "\n").strip() == mail().body.strip()
    assert "http" not in body.decode()


@pytest.mark.parametrize(
    "changes",
    [{"tls": "none"}, {"port": 0}, {"sender": "a@b\r\nBcc: c@d"}, {"sender_name": "a\nb"}, {"ca": "../x"}, {"pass": 1}],
)
def test_a_mail_server_without_tls_or_with_broken_settings_stops_the_start(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(StartError) as raised:
        server(tmp_path, **changes)
    assert "noreply" not in str(raised.value)


def test_without_its_file_a_district_has_no_mail_server(tmp_path: Path) -> None:
    assert mail_servers({YANFENG.code: YANFENG}, tmp_path) == {}


def test_a_mail_is_tried_again_ever_later_and_given_up_in_the_end() -> None:
    tries = [next_try(failures) for failures in range(1, len(DELAYS) + 2)]
    assert tries == [*sorted(DELAYS), None]


# -- the letter as it is printed


def glyphs(pdf: bytes) -> str:
    """Every character that the file has a glyph for, by its fonts' own tables."""
    found = ""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            text = zlib.decompress(stream).decode("latin-1")
        except zlib.error:
            continue
        if "beginbfchar" in text:
            pairs = re.findall(r"<[0-9A-Fa-f]+> <([0-9A-Fa-f]+)>", text)
            found += "".join(bytes.fromhex(one).decode("utf-16-be") for one in pairs)
    return found


def test_a_letter_prints_every_character_with_its_own_fonts_and_has_two_pages() -> None:
    written = letter(name="㛃己")
    pdf = pdf_of(written)
    assert pdf.startswith(b"%PDF-") and len(pdf) < 200_000
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    wanted = {*written.name, *written.address, *written.title, *"".join(written.paragraphs), *written.organ, "收"}
    assert wanted - {" "} <= set(glyphs(pdf))
    # The day of the letter, not of the printing.
    assert b"D:20230306" in pdf and pdf == pdf_of(written)


def test_a_name_is_set_as_it_is_and_never_as_markup() -> None:
    assert {*'#*_$[]"\\'} <= set(glyphs(pdf_of(letter(name='#*_$[]"\\戊'))))


def test_the_fonts_have_every_character_of_the_national_sets_and_the_rare_ones_of_names() -> None:
    national = {
        bytes([row, cell]).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)
    } - {""}
    assert len(national) == 6763 and national <= printable()
    assert {chr(code) for code in range(0x4E00, 0x9FA6)} <= printable()
    assert "㛃" in printable()


def test_what_the_fonts_lack_or_the_window_cuts_off_does_not_print() -> None:
    assert prints(letter(), printable())
    assert not prints(letter(name="某𬌗"), printable())
    assert not prints(letter(name="戊" * 21), printable())
    assert not prints(letter().model_copy(update={"address": "路" * 67}), printable())


def test_the_fonts_are_small_enough_to_come_with_the_code() -> None:
    files = [*(FOLDER.parent / "vendor").iterdir()]
    assert sum(file.stat().st_size for file in files) < 6_000_000
    assert {"LICENSE", "README.md"} <= {file.name for file in files}
