"""The sample for quality review: nobody could choose it, everybody can draw it again."""

from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.quality import DrawSample, FileSampled, SampleDrawn
from xinfang_contracts.review import CaseConcluded, Outcome, ReportSubmitted
from xinfang_contracts.signing import HeadsPublished

from services.review.facts import Facts
from services.review.quality.drawing import FileDue, HandedOut, draw, hand_out
from services.review.quality.proving import draw_again
from services.review.quality.sampling import Drawing, Publication, days_of, digest, order, sample, size
from services.runtime.rules import Answer
from tests.rules.clarified import MANAGEMENT, TRIAL, UNIT, Afterwards, concluded
from tests.rules.given import NUMBER, YANFENG, assigned, at, kept, refusal, the, told

NUMBERS = st.integers(1, 400).map(lambda serial: f"430406-2023-{serial:06d}")
UNITS = [unit.code for unit in YANFENG.units]
FRAMES = st.dictionaries(NUMBERS, st.sampled_from(UNITS), min_size=1, max_size=60)
SEEDS = st.integers(0, 1_000).map(lambda n: sha256(str(n).encode()).hexdigest())
SEED = Publication(7, date(2024, 1, 1), sha256(b"published").hexdigest())
FRAME = {f"430406-2023-{serial:06d}": UNITS[serial % 3] for serial in range(1, 31)}


@pytest.mark.parametrize(
    ("period", "ends_on", "first", "last"),
    [
        ("2023", None, date(2023, 1, 1), date(2023, 12, 31)),
        ("2023-H1", None, date(2023, 1, 1), date(2023, 6, 30)),
        ("2023-H2", None, date(2023, 7, 1), date(2023, 12, 31)),
        ("2023-Q1", None, date(2023, 1, 1), date(2023, 3, 31)),
        ("2024-Q4", None, date(2024, 10, 1), date(2024, 12, 31)),
        ("2023-H2", 25, date(2023, 6, 26), date(2023, 12, 25)),
        ("2023-Q1", 25, date(2022, 12, 26), date(2023, 3, 25)),
    ],
)
def test_a_period_is_of_business_months(period: str, ends_on: int | None, first: date, last: date) -> None:
    assert days_of(period, ends_on) == (first, last)


@given(frame=FRAMES, seed=SEEDS, share=st.integers(1, 100), least=st.integers(1, 20))
def test_every_unit_is_in_it_and_it_is_as_large_as_it_should_be(
    frame: dict[str, str], seed: str, share: int, least: int
) -> None:
    drawn = sample(frame, seed, share, least)
    assert len(drawn) == len(set(drawn)) == size(frame, share, least)
    assert set(drawn) <= frame.keys()
    assert {frame[one] for one in drawn} == set(frame.values())
    assert len(drawn) >= min(len(frame), least)
    assert len(drawn) * 100 >= len(frame) * share


@given(frame=FRAMES, seed=SEEDS, share=st.integers(1, 100), data=st.data())
def test_it_follows_from_the_frame_and_the_seed_in_whatever_order_the_frame_comes(
    frame: dict[str, str], seed: str, share: int, data: st.DataObject
) -> None:
    shuffled = dict(data.draw(st.permutations(list(frame.items()))))
    assert sample(shuffled, seed, share, 3) == sample(frame, seed, share, 3)
    assert digest(shuffled) == digest(frame)


@given(frame=FRAMES, seed=SEEDS, gone=st.data())
def test_a_case_that_is_open_again_changes_nothing_in_the_order_of_the_others(
    frame: dict[str, str], seed: str, gone: st.DataObject
) -> None:
    one = gone.draw(st.sampled_from(sorted(frame)))
    without = {petition: unit for petition, unit in frame.items() if petition != one}
    assert [petition for petition in order(frame, seed) if petition != one] == order(without, seed)
    assert digest(without) != digest(frame)


@given(frame=st.dictionaries(NUMBERS, st.sampled_from(UNITS), min_size=10, max_size=15), seed=SEEDS, other=SEEDS)
def test_another_seed_gives_another_order(frame: dict[str, str], seed: str, other: str) -> None:
    assume(seed != other)
    assert order(frame, seed) != order(frame, other)


# -- the draw --------------------------------------------------------------------------------------------------------


def drawn(
    actor: str = MANAGEMENT, drawing: Drawing | None = None, period: str = "2023-H2", on: str = "2024-01-02 09:00"
) -> list[object]:
    facts = Facts(YANFENG, actor, {}, drawing or Drawing(seed=SEED, frame=FRAME))
    return [*draw(None, DrawSample(period=period), facts, now=at(on))]


def test_case_management_draws_and_says_all_that_the_draw_rests_on() -> None:
    fact = the(drawn(), SampleDrawn)  # type: ignore[arg-type]
    assert (fact.by, fact.seed, fact.publication, fact.published_on) == (MANAGEMENT, SEED.hash, 7, date(2024, 1, 1))
    assert (fact.frame, fact.frame_digest, fact.share_percent, fact.at_least) == (30, digest(FRAME), 10, 5)
    assert fact.petitions == sample(FRAME, SEED.hash, 10, 5)


def test_whoever_draws_is_not_told_of_a_case_in_which_they_have_no_part() -> None:
    hidden = sample(FRAME, SEED.hash, 10, 5)[1]
    fact, answer = drawn(drawing=Drawing(seed=SEED, frame=FRAME, tied={hidden: [MANAGEMENT]}))
    assert isinstance(fact, SampleDrawn) and hidden in fact.petitions
    assert isinstance(answer, Answer) and isinstance(answer.fact, SampleDrawn)
    assert answer.fact.petitions == [one for one in fact.petitions if one != hidden]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (RefusalReason.NOT_ENTITLED, {"actor": TRIAL}),
        (RefusalReason.NOT_ENTITLED, {"actor": UNIT}),
        (RefusalReason.ALREADY_DECIDED, {"drawing": Drawing(is_drawn=True, seed=SEED, frame=FRAME)}),
        (RefusalReason.TOO_EARLY, {"on": "2023-12-31 23:59"}),
        (RefusalReason.TOO_EARLY, {"drawing": Drawing(frame=FRAME)}),
        (RefusalReason.EMPTY_PERIOD, {"drawing": Drawing(seed=SEED)}),
    ],
)
def test_it_is_refused_to_others_twice_early_and_of_nothing(reason: RefusalReason, changes: dict[str, object]) -> None:
    assert refusal(drawn(**changes)) is reason  # type: ignore[arg-type]


def test_a_district_that_says_nothing_of_it_draws_none() -> None:
    silent = YANFENG.model_copy(update={"review": YANFENG.review.model_copy(update={"quality": None})})
    facts = Facts(silent, MANAGEMENT, {}, Drawing(seed=SEED, frame=FRAME))
    assert refusal(draw(None, DrawSample(period="2023"), facts, now=at("2024-02-01 09:00"))) is RefusalReason.NOT_SET_UP


def test_a_file_goes_to_case_management_or_to_whoever_is_free() -> None:
    for excluded, reviewer in (([], MANAGEMENT), ([MANAGEMENT], TRIAL)):
        case = Afterwards(excluded=excluded)
        outputs = hand_out(case.state, FileDue(petition=NUMBER, period="2023"), Facts(YANFENG, ""), now=case.now)
        fact = the(outputs, FileSampled)
        assert (fact.reviewer, fact.unit, fact.concluded_on, told(outputs)) == (
            reviewer,
            UNIT,
            date(2023, 3, 1),
            [reviewer],
        )
        assert kept(outputs) == [HandedOut("2023", NUMBER)]


def test_of_a_case_that_is_open_again_no_file_is_handed_out() -> None:
    case = Afterwards()
    case.hear(assigned(number=case.number, acceptance=2))
    outputs = hand_out(case.state, FileDue(petition=NUMBER, period="2023"), Facts(YANFENG, ""), now=case.now)
    assert outputs and kept(outputs) == [HandedOut("2023", NUMBER)] and told(outputs) == []


# -- drawn again from the facts alone --------------------------------------------------------------------------------


def published(number: int, on: date) -> HeadsPublished:
    hashed = sha256(f"{number}".encode()).hexdigest()
    return HeadsPublished(number=number, on=on, grown=[], cases=1, root=hashed, hash=hashed)


def year(serials: list[int]) -> list[Message]:
    """Facts of a year as the stream has them: cases concluded on their days, publications in between."""
    said: list[Message] = []
    for serial in serials:
        number, unit = f"430406-2023-{serial:06d}", UNITS[serial % len(UNITS)]
        on = date(2023, 1, 1) + timedelta(days=serial % 365)
        said += [
            assigned(unit, number=number),
            ReportSubmitted(petition=number, version=1, unit=unit, outcome=Outcome.PROVED),
            concluded(number, unit, Outcome.PROVED, on),
        ]
    return [*said, published(1, date(2023, 12, 31)), published(2, date(2024, 1, 1)), published(3, date(2024, 1, 2))]


def frame_of(said: list[Message], period: str) -> dict[str, str]:
    first, last = days_of(period, None)
    ended = [one for one in said if isinstance(one, CaseConcluded)]
    return {one.petition: one.unit for one in ended if first <= one.concluded_on <= last}


def draw_of(said: list[Message], period: str) -> SampleDrawn:
    number, on = (2, date(2024, 1, 1)) if days_of(period, None)[1].month == 12 else (1, date(2023, 12, 31))
    seed = Publication(number, on, sha256(f"{number}".encode()).hexdigest())
    outputs = drawn(drawing=Drawing(seed=seed, frame=frame_of(said, period)), period=period)
    return the(outputs, SampleDrawn)  # type: ignore[arg-type]


BENT: list[dict[str, Any]] = [
    {"petitions": ["430406-2023-000999"]},
    {"seed": sha256(b"3").hexdigest(), "publication": 3},
    {"frame_digest": "0" * 64},
    {"frame": 999},
    {"at_least": 6},
]
SERIALS = st.lists(st.integers(1, 365), min_size=1, max_size=25, unique=True)


@given(serials=SERIALS, period=st.sampled_from(["2023", "2023-H2", "2023-Q3"]))
def test_anybody_draws_the_same_from_the_facts(serials: list[int], period: str) -> None:
    said = year(serials)
    assume(frame_of(said, period))
    fact = draw_of(said, period)
    proof = draw_again([(one, at("2024-01-03 09:00")) for one in [*said, fact]], period, YANFENG)
    assert proof is not None and (proof.differs, proof.again) == ([], fact.petitions)


@given(serials=SERIALS, data=st.data())
def test_a_draw_that_was_bent_is_found_out(serials: list[int], data: st.DataObject) -> None:
    said = year(serials)
    fact = draw_of(said, "2023")
    bent = data.draw(st.sampled_from(BENT))
    proof = draw_again(
        [(one, at("2024-01-03 09:00")) for one in [*said, fact.model_copy(update=bent)]], "2023", YANFENG
    )
    assert proof is not None and set(bent) <= set(proof.differs)


def test_what_was_never_drawn_has_nothing_to_be_drawn_again() -> None:
    assert draw_again([(one, at("2024-01-03 09:00")) for one in year([1, 2])], "2023", YANFENG) is None
