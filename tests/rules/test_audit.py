"""An export proves its case; one byte changed, or a chain made anew without the keys, and it does not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.after import CaseReopened, ReopenCase
from xinfang_contracts.message import Message
from xinfang_contracts.registry import REGISTRY, Kind
from xinfang_contracts.review import GiveOpinion, OpinionGiven
from xinfang_contracts.signing import Signed, publication_hash, record_hash, signed_text

from services.review.after.reopening import reopen
from services.review.audit.findings import Verdict
from services.review.audit.lines import export
from services.review.audit.signatures import DECISIONS, RENAMED
from services.review.audit.verifying import verify
from services.review.audit.words import FAULTS, NOTES
from services.review.facts import Facts
from services.review.signing.pen import Pen
from services.review.signing.trail import linked
from tests.pens import pen_of, signed, signers_of
from tests.rules.exported import (
    REPORT,
    contents,
    keys_of,
    publications,
    records_of,
    rewritten,
    said,
    story,
    trusted,
    whole,
)
from tests.rules.given import LIUYUAN, NOW, NUMBER, YANFENG
from tests.rules.stories import IN_ORDER, TOWN_UNIT, Story

Lines = list[dict[str, Any]]
COUNT, VOICES = 11, 8
"""Of the whole story: submission, opinion, return; submission, six opinions, conclusion."""
TEXT, HEAD = whole()
RECORDS = [TEXT.split(b"\n")[place] for place in range(1, COUNT + 1)]


def codes(verdict: Verdict) -> set[str]:
    return {one.code for one in verdict.faults}


def test_a_whole_case_is_proven_from_its_export_the_public_keys_and_the_head() -> None:
    verdict = verify(TEXT, trusted(), HEAD, YANFENG)
    assert (verdict.faults, verdict.notes) == ([], [])
    assert (verdict.petition, verdict.records, verdict.signatures) == (NUMBER, COUNT, VOICES)
    assert verdict.published is not None and verdict.published[2] == HEAD


def test_what_was_taken_on_trust_is_said() -> None:
    verdict = verify(TEXT)
    assert (codes(verdict), {one.code for one in verdict.notes}) == (set(), {"keys_of_export", "head_of_export"})


def test_a_case_is_proven_while_it_is_under_way() -> None:
    told = Story()
    told.report()
    told.agreed_by(*IN_ORDER[:2])
    verdict = verify(export(NUMBER, records_of(told), keys_of(IN_ORDER), []))
    assert (codes(verdict), verdict.signatures) == (set(), 2)
    assert "never_published" in {one.code for one in verdict.notes}
    assert "unpublished" in codes(verify(export(NUMBER, records_of(told), keys_of(IN_ORDER), []), head=HEAD))


def test_an_earlier_publication_proves_the_earlier_records_and_says_which_it_does_not() -> None:
    records = records_of(story())
    earlier = publications(records, [3])
    verdict = verify(export(NUMBER, records, keys_of(IN_ORDER), earlier), trusted(), earlier[0].data["hash"])
    assert codes(verdict) == set()
    assert [(one.code, one.place) for one in verdict.notes] == [("newer_records", 4)]


# -- one byte --------------------------------------------------------------------------------------------------------


@given(place=st.integers(1, COUNT), offset=st.integers(0, 10_000), mask=st.integers(1, 255))
@settings(max_examples=400, deadline=None)
def test_one_byte_flipped_in_a_record_names_that_record(place: int, offset: int, mask: int) -> None:
    line = RECORDS[place - 1] + b"\n"
    flipped = bytearray(line)
    flipped[offset % len(line)] ^= mask
    start = TEXT.index(line)
    verdict = verify(TEXT[:start] + bytes(flipped) + TEXT[start + len(line) :], trusted(), HEAD)
    assert place in {one.place for one in verdict.faults}


@given(offset=st.integers(0, len(TEXT) - 1), mask=st.integers(1, 255))
@settings(deadline=None)
def test_one_byte_flipped_anywhere_is_found(offset: int, mask: int) -> None:
    flipped = bytearray(TEXT)
    flipped[offset] ^= mask
    assert verify(bytes(flipped), trusted(), HEAD).faults


@pytest.mark.parametrize("place", range(1, COUNT + 1))
def test_a_record_with_one_bit_of_its_hash_changed_is_named_with_its_kind(place: int) -> None:
    """By somebody who writes the line's own sum anew."""
    lines = contents(TEXT)
    link = lines[place]["data"]["link"]
    link["hash"] = f"{int(link['hash'][0], 16) ^ 1:x}{link['hash'][1:]}"
    found = [(one.place, one.type) for one in verify(rewritten(lines), trusted()).faults if one.code == "hash"]
    assert found == [(place, lines[place]["type"])]


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
@settings(deadline=None)
def test_what_is_no_export_is_refused_and_nothing_is_raised(text: bytes) -> None:
    assert codes(verify(text)) == {"header"}


@given(data=st.data())
@settings(deadline=None)
def test_whatever_a_line_holds_nothing_is_raised(data: st.DataObject) -> None:
    lines = contents(TEXT)
    anything = st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3), st.lists, max_leaves=3
    )
    place = data.draw(st.integers(1, len(lines) - 1))
    line = lines[place]
    part = data.draw(st.sampled_from(sorted(line)))
    inner = line[part] if isinstance(line[part], dict) and data.draw(st.booleans()) else line
    inner[data.draw(st.sampled_from(sorted(inner)))] = data.draw(anything)
    verify(rewritten(lines), trusted(), HEAD, YANFENG)


# -- made anew by somebody without the keys --------------------------------------------------------------------------


def hashed_anew(lines: Lines) -> Lines:
    """Every record in its place again, the chain's hashes computed anew."""
    header, count = lines[0], lines[0]["records"]
    previous = None
    for place, line in enumerate(lines[1 : count + 1], 1):
        data = {name: part for name, part in line["data"].items() if name != "link"}
        digest = record_hash(line["type"], data, place, previous)
        link = {"place": place, "hash": digest} | ({"previous": previous} if previous else {})
        line["data"] = data | {"link": link}
        previous = digest
    proof = lines[-1]
    # The proof is made to fit as well as it can be.
    proof["place"], proof["head"] = count, previous
    return [header, *lines[1:]]


def test_records_that_have_changed_places_are_named() -> None:
    lines = contents(TEXT)
    lines[6], lines[7] = lines[7], lines[6]
    found = {(one.place, one.code) for one in verify(rewritten(lines)).faults}
    assert {(6, "misplaced"), (7, "misplaced"), (6, "previous"), (7, "previous"), (8, "previous")} <= found
    assert not any(code == "hash" for _, code in found)


def record(lines: Lines, type_: str, last: bool = True) -> dict[str, Any]:
    found = [line for line in lines[1 : COUNT + 1] if line["type"] == f"review.{type_}.v1"]
    return found[-1 if last else 0]


def another_outcome(lines: Lines) -> None:
    record(lines, "report_submitted")["data"]["outcome"] = "unfounded"


def a_return_made_an_agreement(lines: Lines) -> None:
    line = record(lines, "report_returned")
    line["type"] = "review.opinion_given.v1"
    line["data"] = {name: part for name, part in line["data"].items() if name not in ("reason", "unit", "counted")}
    line["data"]["step"] = 1


def another_reason(lines: Lines) -> None:
    record(lines, "report_returned")["data"]["reason"] = "other"


def another_actor(lines: Lines) -> None:
    record(lines, "opinion_given")["data"]["actor"] = "leader_deputy_2"


def another_person(lines: Lines) -> None:
    record(lines, "opinion_given")["data"]["signed"]["person"] = "p_nobody"


def remarks_added(lines: Lines) -> None:
    record(lines, "opinion_given")["data"]["remarks"] = {"document": "0" * 36, "digest": "0" * 64}


def a_signature_taken_away(lines: Lines) -> None:
    del record(lines, "opinion_given")["data"]["signed"]


def a_voice_taken_away(lines: Lines) -> None:
    lines.remove(record(lines, "opinion_given"))
    lines[0]["records"] -= 1


def the_last_record_dropped(lines: Lines) -> None:
    lines.remove(record(lines, "case_concluded"))
    lines[0]["records"] -= 1


def another_document(lines: Lines) -> None:
    record(lines, "report_submitted")["data"]["report"]["digest"] = "00" * 32


def another_text(lines: Lines) -> None:
    """Signed is what the record says, but not by this signature."""
    data = record(lines, "opinion_given")["data"]
    text = json.loads(data["signed"]["text"])
    text["data"]["signature"]["seen"] = lines[5]["data"]["link"]["hash"]
    data["signed"]["text"] = json.dumps(text, sort_keys=True, separators=(",", ":"))


MADE_ANEW: list[tuple[Callable[[Lines], None], str]] = [
    (another_outcome, "other_version"),
    (a_return_made_an_agreement, "other_text"),
    (another_reason, "other_text"),
    (another_actor, "other_text"),
    (another_person, "other_text"),
    (remarks_added, "other_text"),
    (a_signature_taken_away, "unsigned"),
    (a_voice_taken_away, "voice_missing"),
    (another_document, "other_version"),
    (another_text, "signature"),
]


@pytest.mark.parametrize(("change", "code"), MADE_ANEW, ids=lambda one: getattr(one, "__name__", one))
def test_a_chain_computed_anew_without_the_keys_is_refused(change: Callable[[Lines], None], code: str) -> None:
    lines = contents(TEXT)
    change(lines)
    assert code in codes(verify(rewritten(hashed_anew(lines))))


def test_the_last_records_are_missed_where_the_head_has_them() -> None:
    dropped = contents(TEXT)
    the_last_record_dropped(dropped)
    assert {(one.code, one.place) for one in verify(rewritten(dropped)).faults} == {("missing", COUNT)}
    assert codes(verify(rewritten(hashed_anew(dropped)))) == {"proof"}


def test_an_older_publication_does_not_hide_what_was_dropped_from_whoever_has_the_newest_head() -> None:
    records = records_of(story())[:3]
    older = export(NUMBER, records, keys_of(IN_ORDER), publications(records, [3]))
    assert codes(verify(older, trusted())) == set()
    assert codes(verify(older, trusted(), HEAD)) == {"other_head"}


def test_another_publication_is_not_the_published_one() -> None:
    lines = contents(TEXT)
    publication = lines[-2]["data"]
    publication["on"] = "2023-03-09"
    assert "publication" in codes(verify(rewritten(lines), trusted(), HEAD))
    publication["hash"] = publication_hash("430406", publication)
    assert codes(verify(rewritten(lines), trusted(), HEAD)) == {"other_head"}


def with_another_key(actor: str) -> bytes:
    """Somebody makes their own key for an actor and signs all of that actor's words anew: everything fits."""
    mine, person = Pen.new(pen_of(actor).person), pen_of(actor).person
    lines = contents(TEXT)
    for line in lines:
        data = line.get("data", {})
        if data.get("person") == person:
            data["key"] = mine.key
            for name in ("sign", "read"):
                if name in data:
                    data[name] = mine.offer().model_dump(mode="json", exclude_none=True)[name]
    hashed: Lines = lines
    for place in range(1, COUNT + 1):
        data = lines[place]["data"]
        if "signed" in data and data["signed"]["person"] == person:
            text = json.loads(data["signed"]["text"])
            command = GiveOpinion.model_validate({**text["data"], "signature": None})
            submitted = next(
                one["data"] for one in reversed(lines[1:place]) if one["type"] == "review.report_submitted.v1"
            )
            given = mine.signed(command, "430406", actor, submitted)
            body = given.model_dump(mode="json", exclude_none=True)
            assert given.signature is not None
            kept = Signed(
                person=person,
                key=mine.key,
                alg="EdDSA",
                text=signed_text("430406", actor, text["type"], body),
                value=given.signature.value,
            )
            data["signed"] = kept.model_dump(mode="json")
    return rewritten(hashed_anew(hashed))


def test_a_key_replaced_in_the_export_is_missed_by_the_persons_own_keys_and_by_the_head() -> None:
    # The last to speak: whose record nobody after has seen.
    forged = with_another_key(IN_ORDER[-1])
    assert codes(verify(forged)) == {"proof"}
    assert codes(verify(forged, trusted())) == {"proof", "other_key"}
    assert "proof" in codes(verify(forged, head=HEAD))


# -- whose word ------------------------------------------------------------------------------------------------------


def verdict_of(told: Story, keys: Any) -> Verdict:
    return verify(export(NUMBER, records_of(told), keys, []))


def test_a_key_that_nobody_enrolled_proves_nothing() -> None:
    assert codes(verdict_of(story(), keys_of(IN_ORDER[1:]))) == {"unknown_key"}
    offered = [one for one in keys_of(IN_ORDER) if one.type != "review.key_enrolled.v1"]
    assert codes(verdict_of(story(), offered)) == {"unknown_key"}


def test_a_key_that_was_revoked_by_then_proves_nothing() -> None:
    assert codes(verdict_of(story(), keys_of(IN_ORDER, revoked=IN_ORDER[:1]))) == {"revoked_key"}


def test_a_key_that_is_not_its_number_is_named() -> None:
    lines = contents(TEXT)
    offered = next(line for line in lines if line.get("type") == "review.key_offered.v1")
    offered["data"]["sign"] = pen_of("somebody").offer().sign.model_dump(exclude_none=True)
    verdict = verify(rewritten(lines))
    assert [one.detail for one in verdict.faults if one.code == "key"] == [offered["data"]["key"]]


@pytest.mark.parametrize(("has_left", "found"), [(False, {"own_case"}), (True, set())])
def test_a_person_of_the_handling_unit_is_found_among_its_reviewers(has_left: bool, found: set[str]) -> None:
    handler = {TOWN_UNIT: pen_of(TOWN_UNIT, pen_of(IN_ORDER[0]).person)}
    keys = keys_of([*IN_ORDER, TOWN_UNIT], revoked=[TOWN_UNIT] if has_left else [], pens=handler)
    assert codes(verdict_of(story(), keys)) == found


def test_unsigned_is_a_fault_unless_the_district_file_allows_it() -> None:
    told = Story(LIUYUAN.units[0].code, LIUYUAN)
    told.report()
    actor = told.steps()[0][0]
    unsigned = GiveOpinion(petition=told.number, version=1)
    told._then(told.hears(actor, unsigned))
    text = export(told.number, [said(fact, place) for place, fact in enumerate(told.said, 1)], [], [])
    assert codes(verify(text)) == {"unsigned"}
    allowed = verify(text, file=LIUYUAN)
    assert codes(allowed) == set() and "unsigned" in {one.code for one in allowed.notes}


def test_a_chain_with_fewer_steps_than_the_district_files_is_named() -> None:
    lines = contents(TEXT)
    record(lines, "case_concluded")["data"]["demanded"] = [IN_ORDER[:3]]
    assert "other_chain" in codes(verify(rewritten(hashed_anew(lines)), file=YANFENG))
    assert "other_chain" not in codes(verify(rewritten(hashed_anew(contents(TEXT))), file=YANFENG))


@linked
def says(_state: Any, message: Message, _facts: Any, *, now: Any) -> list[Message]:
    """A service that says whatever it is asked to, in its place of the chain."""
    return [message]


def forced(told: Story, actor: str, pen: Pen, version: int = 1, **asked: Any) -> None:
    """An opinion that the rules would not have let through, in the case's chain."""
    opinion = pen.signed(GiveOpinion(petition=told.number, version=version), "430406", actor, told.told() | asked)
    body = opinion.model_dump(mode="json", exclude_none=True)
    text = signed_text("430406", actor, "review.give_opinion.v1", body)
    assert opinion.signature is not None
    kept = Signed(person=pen.person, key=pen.key, alg="EdDSA", text=text, value=opinion.signature.value)
    said_anyway = OpinionGiven(petition=told.number, version=version, actor=actor, step=1, signed=kept)
    told._then(says(told.state, said_anyway, None, now=None))


def test_one_person_who_speaks_for_two_offices_is_found() -> None:
    told, office = Story(), "office_petition"
    told.report()
    forced(told, IN_ORDER[0], pen_of(IN_ORDER[0]))
    assert codes(verdict_of(told, keys_of(IN_ORDER))) == set()
    both = pen_of(office, pen_of(IN_ORDER[0]).person)
    forced(told, office, both)
    keys = [*keys_of(IN_ORDER[:1]), *keys_of([office], pens={office: both})]
    assert codes(verdict_of(told, keys)) == {"same_person"}


def test_a_word_on_a_version_that_was_never_handed_in_is_found() -> None:
    told = Story()
    told.report()
    forced(told, IN_ORDER[0], pen_of(IN_ORDER[0]), version=2)
    assert codes(verdict_of(told, keys_of(IN_ORDER))) == {"not_reported"}


def test_a_word_over_another_document_is_found() -> None:
    told = Story()
    told.report(report=REPORT)
    forced(told, IN_ORDER[0], pen_of(IN_ORDER[0]), report={"digest": "00" * 32})
    assert codes(verdict_of(told, keys_of(IN_ORDER))) == {"other_version"}


def reopened(signed: bool, ground: str = "superior_ordered") -> Story:
    """A concluded case that the principal has handled again; unsigned, as the rules would not let it."""
    told, actor = story(), "leader_principal"
    seen = {"link": told.said[-1].model_dump(mode="json")["link"]}
    command = ReopenCase.model_validate({"petition": NUMBER, "ground": ground})
    facts = Facts(YANFENG, actor, signers_of(YANFENG))
    outputs = reopen(told.state, pen_of(actor).signed(command, YANFENG.code, actor, seen), facts, now=NOW)
    (fact,) = [one for one in outputs if isinstance(one, CaseReopened)]
    stripped = fact.model_copy(update={"link": None} if signed else {"link": None, "signed": None})
    told._then(says(told.state, stripped, None, now=None))
    return told


def test_a_reopening_is_the_signed_word_of_its_person() -> None:
    proven = verdict_of(reopened(signed=True), keys_of(IN_ORDER))
    assert codes(proven) == set()
    assert proven.signatures == verdict_of(story(), keys_of(IN_ORDER)).signatures + 1
    assert codes(verdict_of(reopened(signed=False), keys_of(IN_ORDER))) == {"unsigned"}
    assert codes(verdict_of(reopened(signed=True), keys_of(IN_ORDER[:-1]))) >= {"unknown_key"}


# -- complete --------------------------------------------------------------------------------------------------------


def test_every_record_with_a_signature_is_known_to_the_audit() -> None:
    """A new decision needs its line in DECISIONS, else nobody would check who made it."""
    signing = {entry.type for entry in REGISTRY if entry.kind is Kind.FACT and "signed" in entry.model.model_fields}
    assert signing == set(DECISIONS)
    assert {type_ for type_, _ in RENAMED} <= signing


def test_every_finding_has_its_words_in_both_languages() -> None:
    for chinese, english in [*FAULTS.values(), *NOTES.values()]:
        assert any(character > "一" for character in chinese) and english.isascii()


def test_a_signature_of_another_case_is_not_taken() -> None:
    lines = contents(TEXT)
    line = record(lines, "opinion_given")
    other = signed(GiveOpinion(petition="430406-2023-000001", version=2), line["data"]["actor"], {})
    assert other.signature is not None
    line["data"]["petition"] = "430406-2023-000001"
    assert {"other_petition", "other_text"} <= codes(verify(rewritten(hashed_anew(lines))))
