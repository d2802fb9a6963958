"""How a case ends while its hands change: above, with a unit that is tied, of an earlier acceptance; and its clocks."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.clocks import CalendarMissing, ClockExtended, ClockStopped, ExtensionRefused
from xinfang_contracts.district import Calendar, Days, District
from xinfang_contracts.handling import CaseReassigned, ObjectionReason, ObjectToAssignment
from xinfang_contracts.intake import PetitionAccepted, RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.outside import SuperiorDecided
from xinfang_contracts.pressing import IssueSupervisionLetter, LetterGround
from xinfang_contracts.review import CaseConcluded, CaseSettled, Outcome
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn, Mode
from xinfang_contracts.screening import PetitionReturned, ReturnGround
from xinfang_contracts.statistics import AssignmentCorrected, TraitsCorrected
from xinfang_contracts.tracks import TrackOpened, TrackRecorded

from services.metrics.fold import fold
from services.routing.choosing.moving import Move, reassign
from services.routing.choosing.units import Choice
from services.routing.clocks.warned import _may_count
from services.routing.decide import close, correct
from services.routing.facts import Facts
from services.routing.state import Closed, Open, SentUp, evolve
from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Output
from tests.rules.clocked import APPROVAL, BUSY, MANAGERS, PRINCIPAL, UNIT, Case, only, resume, start, suspend
from tests.rules.given import NOW, NUMBER, YANFENG, accepted, at, case_traits, facts, kept, told
from tests.rules.hands import Hands
from tests.rules.test_hands import DEED, happens, petitions

SUPERIOR, OTHER, CLERK = "superior_430400", "unit_430406002", "office_petition"


def concluded(unit: str = UNIT, acceptance: int | None = 1, on: date = date(2023, 3, 1)) -> CaseConcluded:
    return CaseConcluded(
        petition=NUMBER,
        traits=case_traits(),
        unit=unit,
        zone="zone_1",
        chain="joint",
        jointly_reviewed=True,
        version=1,
        outcome=Outcome.PROVED,
        concluded_on=on,
        acceptance=acceptance,
    )


def returned(acceptance: int = 1) -> PetitionReturned:
    given = {"petition": NUMBER, "traits": case_traits(), "ground": ReturnGround.OTHER, "office": "office_trial"}
    return PetitionReturned.model_validate(
        given | {"by": PRINCIPAL, "returned_on": NOW.date(), "acceptance": acceptance}
    )


def decided(matter: str, **more: Any) -> SuperiorDecided:
    given = {"petition": NUMBER, "superior": SUPERIOR, "matter": matter, "approved": True, "on": NOW.date()}
    return SuperiorDecided.model_validate(given | {"acceptance": 1} | more)


class Life(Case):
    """A case with what happens to it, by name."""

    def begins(self, acceptance: int = 1, **changes: Any) -> "Life":
        self("intake.petition_accepted.v1", accepted(acceptance=acceptance, **changes), NOW)
        return self

    def goes_up(self) -> "Life":
        objection = ObjectToAssignment(petition=NUMBER, reason=ObjectionReason.OTHER, document=APPROVAL)
        while isinstance(self.state, Open):
            self("routing.object_to_assignment.v1", objection, NOW, self.state.unit)
        return self

    def hears(self, message: Message, now: Any = NOW) -> Sequence[Output]:
        types: dict[type[Message], str] = {
            SuperiorDecided: "intake.superior_decided.v1",
            CaseConcluded: "review.case_concluded.v1",
            CaseSettled: "review.case_settled.v1",
            PetitionReturned: "intake.petition_returned.v1",
        }
        return self(types[type(message)], message, now)

    @property
    def open(self) -> Open:
        assert isinstance(self.state, Open)
        return self.state

    @property
    def above(self) -> SentUp:
        assert isinstance(self.state, SentUp)
        return self.state

    @property
    def closed(self) -> Closed:
        assert isinstance(self.state, Closed)
        return self.state


# -- more time, from above -------------------------------------------------------------------------------------------


def test_a_superior_extends_the_clock_of_a_case_that_it_has_and_it_comes_back_with_that_time() -> None:
    one = Life().begins().goes_up()
    outputs = one.hears(decided("extend", until=date(2023, 9, 30)))
    fact = only(outputs, ClockExtended)
    assert (fact.unit, fact.clock.due_at, fact.rule) == (SUPERIOR, at("2023-10-01 00:00"), "superior")
    assert told(outputs) == [SUPERIOR, MANAGERS]
    assert one.above.handling == fact.clock
    one.hears(decided("designate_unit", unit=OTHER), at("2023-07-01 09:00"))
    assert (one.open.clock, one.open.unit) == (fact.clock, OTHER)


def test_it_extends_what_ran_out_above_too() -> None:
    one = Life().begins().goes_up()
    one.hears(decided("extend", until=date(2023, 9, 30)), at("2023-06-20 09:00"))
    one.hears(decided("designate_unit", unit=OTHER), at("2023-07-01 09:00"))
    assert one.open.clock.started_at == NOW


def gone_up_at_once(one: Life) -> None:
    one.begins(excluded=[unit.code for unit in YANFENG.units]).goes_up()


def is_suspended(one: Life) -> None:
    handling = YANFENG.clocks["handling"].model_copy(update={"suspends": True})
    one.district = BUSY.model_copy(update={"clocks": BUSY.clocks | {"handling": handling}})
    one.begins().command(suspend("handling"), NOW)


def without_extension(one: Life) -> None:
    handling = YANFENG.clocks["handling"].model_copy(update={"extension": None})
    one.district = BUSY.model_copy(update={"clocks": BUSY.clocks | {"handling": handling}})
    one.begins()


@pytest.mark.parametrize(
    ("happened", "until", "reason"),
    [
        (lambda one: one.begins().hears(returned()), None, RefusalReason.ALREADY_DECIDED),
        (lambda one: one.begins().hears(concluded()), None, RefusalReason.ALREADY_DECIDED),
        (gone_up_at_once, None, RefusalReason.UNKNOWN_CLOCK),
        (is_suspended, date(2023, 9, 30), RefusalReason.CLOCK_STANDS),
        (without_extension, None, RefusalReason.NOT_SET_UP),
        (lambda one: one.begins(), date(2023, 4, 1), RefusalReason.CONTRADICTORY),
        (lambda one: one.begins().goes_up(), date(2023, 4, 1), RefusalReason.CONTRADICTORY),
    ],
)
def test_an_extension_of_which_nothing_comes_is_answered_with_why(
    happened: Any, until: date | None, reason: RefusalReason
) -> None:
    one = Life()
    happened(one)
    before = one.state
    outputs = one.hears(decided("extend", until=until))
    fact = only(outputs, ExtensionRefused)
    assert (fact.reason, fact.superior, fact.until) == (reason, SUPERIOR, until)
    assert (facts(outputs), told(outputs), one.state) == ([fact], [SUPERIOR, MANAGERS], before)


def test_an_extension_of_a_case_that_is_still_to_come_waits() -> None:
    one = Life().begins()
    one.hears(returned())
    with pytest.raises(NotYet):
        one.hears(decided("extend", acceptance=2))


# -- of which acceptance ---------------------------------------------------------------------------------------------


def begun_anew() -> Life:
    one = Life().begins()
    one.hears(returned())
    return one.begins(acceptance=2)


def test_a_late_conclusion_of_the_first_acceptance_leaves_the_second_open() -> None:
    one = begun_anew()
    one.command(start("hearing"), NOW)
    assert facts(one.hears(concluded(acceptance=1))) == []
    assert one.open.acceptance == 2
    one.hears(concluded(acceptance=2))
    assert one.closed.acceptance == 2


def test_a_late_conclusion_moves_nothing_out_of_the_hands_that_have_it_now() -> None:
    one = begun_anew()
    assert facts(one.hears(concluded(OTHER, acceptance=1))) == []
    assert one.open.unit == UNIT


def test_what_went_back_while_it_was_concluded_is_given_up_all_the_same() -> None:
    """Else the next acceptance would be assigned beside it, and a reopening of the first stand in the second's way."""
    one = Life().begins()
    one.hears(concluded(acceptance=1))
    one.command(start("hearing"), NOW)
    said = facts(one.hears(returned()))
    (gone,) = [fact for fact in said if isinstance(fact, CaseWithdrawn)]
    assert (gone.unit, gone.assigned_on, gone.overdue_on) == (UNIT, NOW.date(), None)
    assert [fact.clock.name for fact in said if isinstance(fact, ClockStopped)] == ["hearing"]
    assert one.begins(acceptance=2).open.acceptance == 2


def test_a_conclusion_that_names_no_acceptance_is_of_whichever_there_is() -> None:
    one = begun_anew()
    one.hears(concluded(acceptance=None))
    assert one.closed.acceptance == 2


def settled(acceptance: int | None) -> CaseSettled:
    given = {"petition": NUMBER, "traits": case_traits(), "unit": UNIT, "settled_on": NOW.date()}
    return CaseSettled.model_validate(given | {"acceptance": acceptance})


@pytest.mark.parametrize("ends", ["open", "concluded"])
def test_a_late_settlement_of_the_first_acceptance_ends_no_track_of_the_second(ends: str) -> None:
    one = begun_anew()
    opened = TrackOpened(petition=NUMBER, track="substance", holder=UNIT, by=CLERK, acceptance=2, document=APPROVAL)
    one.state = evolve(one.state, opened, NOW)
    if ends == "concluded":
        one.hears(concluded(acceptance=2))
    assert facts(one.hears(settled(1))) == []
    assert one.state is not None and one.state.tracks is not None  # type: ignore[union-attr]
    assert not one.state.tracks.settled  # type: ignore[union-attr]
    if ends == "concluded":
        assert only(one.hears(settled(2)), TrackRecorded).state == "lapsed"
    else:
        with pytest.raises(NotYet):
            one.hears(settled(2))


# -- concluded by who is tied ----------------------------------------------------------------------------------------


def test_what_a_tied_unit_had_concluded_ends_where_it_is_and_who_has_it_is_told() -> None:
    hands = Hands(YANFENG, accepted())
    hands.is_tied(UNIT, CLERK)
    holder, lead = hands.holder, hands.state
    assert isinstance(lead, Open) and holder != UNIT
    outputs = hands.hears(close, concluded())
    (fact,) = facts(outputs)
    assert isinstance(fact, ClockStopped)
    assert (fact.unit, fact.clock, fact.reason) == (holder, lead.clock, "concluded")
    assert told(outputs) == [holder, MANAGERS]
    assert isinstance(hands.state, Closed)
    assert (hands.state.unit, hands.state.zone, hands.state.since) == (holder, lead.zone, NOW.date())


def test_what_a_tied_unit_had_concluded_while_the_superior_has_it_ends_there() -> None:
    hands = Hands(YANFENG, accepted())
    hands.days_pass(40)
    hands.superior_says("take_up")
    hands.is_tied(UNIT, CLERK)
    hands.days_pass(40)
    outputs = hands.hears(close, concluded())
    assert told(outputs) == [SUPERIOR, MANAGERS]
    assert isinstance(hands.state, Closed)
    assert (hands.state.unit, hands.state.since) == (SUPERIOR, date(2023, 4, 10))
    assert counted_after_correction(hands) == {}


def test_no_rule_gives_a_case_to_a_unit_that_is_tied_whoever_chose_it() -> None:
    hands = Hands(YANFENG, accepted(excluded=[OTHER]))
    assert isinstance(hands.state, Open)
    move, unit = Move.of(NUMBER, hands.state, NOW), YANFENG.unit(OTHER)
    assert move is not None and unit is not None
    with pytest.raises(ValueError, match="tied"):
        reassign(move, Choice(unit, Mode.UNIT, "any"), Facts(YANFENG))


@given(petitions(), st.lists(DEED, max_size=8), st.integers(0, 99), st.booleans())
@settings(deadline=None, max_examples=150)
def test_whoever_concludes_it_no_interested_hand_gets_it_and_figures_know_one_holder(
    drawn: tuple[District, PetitionAccepted], deeds: list[tuple[Any, ...]], which: int, waits: bool
) -> None:
    """By any unit that ever had it; Hands itself checks what is said. Corrected out of the figures, nothing is left."""
    case = Hands(*drawn)
    for deed in deeds:
        happens(case, *deed)
    had = [one for one in case.said if isinstance(one, CaseAssigned | CaseReassigned)]
    if waits:
        case.days_pass(90)
    if had:
        who = had[which % len(had)]
        case.hears(close, concluded(who.unit).model_copy(update={"petition": case.number, "zone": who.zone}))
        assert isinstance(case.state, Closed)
        assert case.state.unit not in case.excluded
        held = counted(case)
        scopes = {scope for (counter, _, scope), amount in held.items() if counter == "assigned" and amount}
        own = {f"unit:{case.state.unit}"} if case.district.unit(case.state.unit) else set()
        assert {one for one in scopes if one.startswith("unit:")} == own
    assert counted_after_correction(case) == {}


def counted(case: Hands, *more: Message) -> Counter[tuple[str, date, str]]:
    counts: Counter[tuple[str, date, str]] = Counter()
    for fact, now in [*zip(case.said, case.said_at, strict=True), *((one, case.now) for one in more)]:
        for one in kept(fold(None, fact, case.district, now=now)):
            for count in one:
                counts[count.counter, count.month, count.scope] += count.amount
    return counts


def counted_after_correction(case: Hands) -> dict[Any, int]:
    """What is left in figures of who has it, once the petition is corrected to count no more."""
    before = case.petition.traits
    message = TraitsCorrected(
        petition=case.number,
        before=before,
        after=before.model_copy(update={"counted": False}),
        status="accepted",
        corrected_on=civil_date(case.now),
        by=CLERK,
        reason="test_entry",
    )
    (fact,) = facts(correct(case.state, message, Facts(case.district), now=case.now))
    assert isinstance(fact, AssignmentCorrected)
    left = counted(case, fact)
    return {key: amount for key, amount in left.items() if amount and key[0] in ("assigned", "sent_up", "overdue")}


# -- above, and its clocks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["returned", "concluded"])
def test_what_runs_beside_a_case_stops_with_it_while_the_superior_has_it(end: str) -> None:
    one = Life().begins()
    one.command(start("hearing"), NOW)
    one.goes_up()
    outputs = one.hears(returned() if end == "returned" else concluded())
    fact = only(outputs, ClockStopped)
    assert (fact.clock.name, fact.unit) == ("hearing", SUPERIOR)
    assert fact.reason == ("withdrawn" if end == "returned" else "concluded")


def test_concluded_back_after_its_clock_ran_out_above_it_counts_from_the_day_that_figures_know() -> None:
    one = Life().begins()
    assigned = only(one.said, CaseAssigned)
    one.goes_up()
    later = at("2023-07-10 09:00")
    outputs = one.hears(concluded(on=later.date()), later)
    fact = only(outputs, CaseReassigned)
    assert fact.unit == assigned.unit
    assert one.closed.since == (fact.counted_on or civil_date(fact.clock.started_at))


def test_a_clock_that_stands_goes_on_standing_with_the_superior_and_runs_on_after_its_turn() -> None:
    """Ninety days and more above do not make it run out: it stood, and has as many days left as it had."""
    handling = YANFENG.clocks["handling"].model_copy(update={"length": 30, "unit": "calendar_day", "suspends": True})
    one = Life(BUSY.model_copy(update={"clocks": BUSY.clocks | {"handling": handling}})).begins()
    one.command(suspend("handling"), at("2023-03-11 15:00"))
    one.goes_up()
    one.hears(decided("designate_unit", unit=OTHER), at("2023-07-01 09:00"))
    assert (one.open.clock.started_at, one.open.clocks.handling.is_suspended) == (NOW, True)
    one.command(resume("handling"), at("2023-07-10 09:00"))
    # Its last day was 31 March; it stood for 121 days from 11 March to 10 July.
    assert one.open.clock.due_at == at("2023-04-01 00:00") + timedelta(days=121)


# -- a year that is missing ------------------------------------------------------------------------------------------

IN_2030 = at("2030-12-24 10:00")
LATE = BUSY.model_copy(
    update={"calendar": Calendar(holidays=[Days(first=date(2030, 1, 1))], whole_years=[2030])},
)


def missing(outputs: Sequence[Output]) -> list[tuple[int, str | None]]:
    return [(one.year, one.clock) for one in facts(outputs) if isinstance(one, CalendarMissing)]


def test_the_superiors_time_that_runs_into_a_missing_year_is_warned_of() -> None:
    tied = [unit.code for unit in YANFENG.units]
    one = Case(LATE)
    outputs = one("intake.petition_accepted.v1", accepted(excluded=tied), IN_2030)
    assert (missing(outputs), only(outputs, CaseSentUp).rule) == ([(2031, "superior_decision")], "nobody_left")


def test_so_is_it_when_objections_lead_up_and_a_letters_time() -> None:
    one = Case(LATE)
    one("intake.petition_accepted.v1", accepted(), IN_2030)
    letter = IssueSupervisionLetter(petition=NUMBER, to=OTHER, ground=LetterGround.OTHER, letter=APPROVAL)
    outputs = one("routing.issue_supervision_letter.v1", letter, IN_2030, PRINCIPAL)
    assert missing(outputs) == [(2031, "supervision_letter")]
    objection = ObjectToAssignment(petition=NUMBER, reason=ObjectionReason.OTHER, document=APPROVAL)
    while isinstance(one.state, Open):
        outputs = one("routing.object_to_assignment.v1", objection, IN_2030, one.state.unit)
    assert missing(outputs) == [(2031, "superior_decision")]


def test_of_one_that_begins_anew_because_it_ran_out_above_too() -> None:
    handling = YANFENG.clocks["handling"].model_copy(update={"length": 10, "unit": "working_day", "warnings": []})
    one = Life(LATE.model_copy(update={"clocks": LATE.clocks | {"handling": handling}})).begins().goes_up()
    outputs = one.hears(decided("designate_unit", unit=OTHER), IN_2030)
    assert missing(outputs) == [(2031, "handling")]


class Round:
    """A message as ``warned`` sees it."""

    def __init__(self, message: Message) -> None:
        self.message, self.district = message, YANFENG.code


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        (accepted(), False),
        (accepted(excluded=[unit.code for unit in YANFENG.units]), True),
        (accepted(acceptance=2), True),
        (ObjectToAssignment(petition=NUMBER, reason=ObjectionReason.OTHER, document=APPROVAL), True),
        (IssueSupervisionLetter(petition=NUMBER, to=OTHER, ground=LetterGround.OTHER, letter=APPROVAL), True),
        (returned(), False),
    ],
)
def test_a_round_looks_up_what_was_warned_of_where_such_a_clock_may_begin_and_nowhere_else(
    message: Message, asks: bool
) -> None:
    assert _may_count(Round(message), {YANFENG.code: YANFENG}) is asks  # type: ignore[arg-type]
