"""Review: the chain for each case, whose turn it is, return and conclusion; whatever order things come in."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from xinfang_contracts.district import Chain, District, Unit
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.review import (
    CaseConcluded,
    CaseSettled,
    GiveOpinion,
    OpinionGiven,
    Outcome,
    RecordSettlement,
    ReportReturned,
    ReportSubmitted,
    ReturnReason,
    SubmitReport,
)

from services.review.chain import reviewers
from services.review.decide import Facts, give_opinion, open_case, settle, submit_report
from services.review.state import Awaiting, Concluded, ReviewCase, State, UnderReview, evolve
from services.runtime.errors import NotYet
from services.runtime.rules import Output, Refused
from tests.rules.given import DISTRICTS, ELSEWHERE, LIUYUAN, NOW, NUMBER, YANFENG, assigned, facts, refusal, the, told

TOWN_UNIT = "unit_430406001"
JOINT = [
    ["office_supervision_1", "office_petition", "office_trial"],
    ["leader_assist_1"],
    ["leader_deputy_1"],
    ["leader_principal"],
]
IN_ORDER = [actor for step in JOINT for actor in step]


def unit_of(district: District, code: str) -> Unit:
    unit = district.unit(code)
    assert unit is not None
    return unit


def chain(*excluded: str, unit: str = TOWN_UNIT, district: District = YANFENG) -> list[list[str]]:
    return reviewers(district, unit_of(district, unit), excluded)


# -- the chain -------------------------------------------------------------------------------------------------------


def test_towns_and_stationed_units_pass_the_joint_chain() -> None:
    assert chain() == chain(unit="unit_stationed_1") == JOINT
    assert chain(unit="unit_430406100") == [
        ["office_supervision_2", "office_petition", "office_trial"],
        ["leader_assist_2"],
        ["leader_deputy_2"],
        ["leader_principal"],
    ]


def test_the_organs_own_cases_have_a_chain_of_their_own_with_the_other_offices_member() -> None:
    assert chain(unit="unit_organ_1") == [["office_trial"], ["leader_assist_2"], ["leader_principal"]]
    assert chain(unit="unit_organ_2") == [["office_trial"], ["leader_assist_1"], ["leader_principal"]]


def test_another_district_has_another_chain() -> None:
    assert chain(unit="unit_water", district=LIUYUAN) == [["office_letters"], ["leader_first"]]


@pytest.mark.parametrize(
    ("excluded", "step", "instead"),
    [
        (["office_supervision_1"], 0, ["office_supervision_2", "office_petition", "office_trial"]),
        # No second trial office: a leader who has no place of their own, not one who signs further up.
        (["office_trial"], 0, ["office_supervision_1", "office_petition", "leader_deputy_2"]),
        (["leader_assist_1"], 1, ["leader_assist_2"]),
        (["leader_deputy_1"], 2, ["leader_deputy_2"]),
        (["leader_principal"], 3, ["leader_deputy_2"]),
        (["leader_deputy_1", "leader_deputy_2"], 2, ["leader_assist_2"]),
        (["leader_principal", "leader_deputy_2", "leader_assist_2"], 3, ["superior_430400"]),
        (["office_petition", "office_trial"], 0, ["office_supervision_1", "leader_deputy_2", "leader_assist_2"]),
    ],
)
def test_who_is_tied_is_replaced_in_their_own_place_and_the_others_keep_theirs(
    excluded: list[str], step: int, instead: list[str]
) -> None:
    assert chain(*excluded) == [*JOINT[:step], instead, *JOINT[step + 1 :]]


def test_a_tied_office_does_not_cost_the_last_signature() -> None:
    """The principal must not stand in below: having spoken first, they would be missing at the end."""
    assert chain("office_letters", unit="unit_water", district=LIUYUAN) == [["leader_second"], ["leader_first"]]
    assert chain("leader_first", unit="unit_water", district=LIUYUAN) == [["office_letters"], ["leader_second"]]


def test_a_place_that_nobody_holds_is_filled() -> None:
    members = [leader.model_copy(update={"offices": []}) for leader in YANFENG.leaders]
    without = YANFENG.model_copy(update={"leaders": members})
    assert chain(district=without) == JOINT


def test_where_everybody_is_tied_the_superior_reviews() -> None:
    everybody = [*(office.code for office in YANFENG.offices), *(leader.code for leader in YANFENG.leaders)]
    assert chain(*everybody) == [["superior_430400"]]


def test_one_person_in_two_places_speaks_once() -> None:
    twice = [["zone_lead"], ["deputy_secretary"], ["principal"]]
    both = YANFENG.chains[0].model_copy(update={"steps": Chain.model_validate(joint_with(twice)).steps})
    district = YANFENG.model_copy(update={"chains": [both, *YANFENG.chains[1:]]})
    assert chain(district=district) == [["leader_deputy_1"], ["leader_principal"]]


def joint_with(steps: list[list[str]]) -> dict[str, Any]:
    return YANFENG.chains[0].model_dump(mode="json") | {"steps": steps}


def tieable(district: District) -> list[str]:
    """Whom a tie may exclude: everybody here. The superior is the last resort."""
    return [one.code for group in (district.units, district.offices, district.leaders) for one in group]


@st.composite
def ties(draw: st.DrawFn) -> tuple[District, Unit, set[str]]:
    """A district, a handling unit, and who is tied; the unit never is, routing sees to that."""
    district = draw(st.sampled_from(DISTRICTS))
    unit = draw(st.sampled_from(district.units))
    return district, unit, draw(st.sets(st.sampled_from(tieable(district)), max_size=7)) - {unit.code}


@given(ties())
@settings(deadline=None, max_examples=60)
def test_nobody_tied_reviews_nobody_twice_and_no_place_is_lost(drawn: tuple[District, Unit, set[str]]) -> None:
    district, unit, excluded = drawn
    steps = reviewers(district, unit, excluded)
    voices = [actor for step in steps for actor in step]
    usual = reviewers(district, unit, [])
    places = sum(map(len, usual))
    superior = district.remit.superior
    assert not excluded.intersection(voices)
    assert unit.code not in voices
    assert len(set(voices)) == len(voices)
    assert all(steps)
    assert len(voices) == places or (superior in voices and len(voices) < places)
    if superior not in voices:
        untied = [[actor for actor in step if actor not in excluded] for step in usual]
        assert all({*own} <= {*step} for own, step in zip(untied, steps, strict=True))
    assert reviewers(district, unit, sorted(excluded)) == steps


# -- given, when, then -----------------------------------------------------------------------------------------------


class Story:
    """A case as it is decided and remembered, message by message."""

    def __init__(self, unit: str = TOWN_UNIT, district: District = YANFENG, excluded: Sequence[str] = ()) -> None:
        self.district = district
        self.number = f"{district.code}-2023-000017"
        self.unit = unit
        self.given = assigned(unit, number=self.number, district=district, excluded=[*excluded])
        self.state: State = None
        self.said: list[Message] = []
        self.hear(self.given)

    def hear(self, fact: Message) -> None:
        self.state = evolve(self.state, fact, NOW)

    def _then(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for fact in facts(outputs):
            self.hear(fact)
            self.said.append(fact)
        return outputs

    def report(self, version: int = 1, actor: str = "", petition: str = "", **more: Any) -> Sequence[Output]:
        message = SubmitReport(petition=petition or self.number, version=version, outcome=Outcome.PROVED, **more)
        return self._then(submit_report(self.state, message, Facts(self.district, actor or self.unit), now=NOW))

    def opinion(self, actor: str, version: int = 1, petition: str = "", back: bool = False) -> Sequence[Output]:
        return self._then(self.would_say(actor, version, petition, back))

    def would_say(self, actor: str, version: int, petition: str = "", back: bool = False) -> Sequence[Output]:
        message = GiveOpinion(
            petition=petition or self.number, version=version, returned=ReturnReason.FACTS_UNCLEAR if back else None
        )
        return give_opinion(self.state, message, Facts(self.district, actor), now=NOW)

    def settlement(self, actor: str, petition: str = "") -> Sequence[Output]:
        message = RecordSettlement(petition=petition or self.number)
        return self._then(settle(self.state, message, Facts(self.district, actor), now=NOW))

    def agreed_by(self, *actors: str, version: int = 1) -> "Story":
        for actor in actors:
            assert facts(self.opinion(actor, version)), actor
        return self


def reported(unit: str = TOWN_UNIT, *, recovered: int = 0) -> Story:
    story = Story(unit)
    story.report(recovered_yuan=recovered)
    return story


def test_a_report_goes_to_the_three_offices_side_by_side() -> None:
    outputs = Story().report(recovered_yuan=34_400)
    submitted = the(outputs, ReportSubmitted)
    assert (submitted.unit, submitted.version, submitted.recovered_yuan) == (TOWN_UNIT, 1, 34_400)
    assert told(outputs) == JOINT[0]


def test_offices_may_speak_in_any_order_and_the_last_one_calls_the_next_step() -> None:
    story = reported()
    assert told(story.opinion("office_trial")) == told(story.opinion("office_supervision_1")) == []
    assert told(story.opinion("office_petition")) == ["leader_assist_1"]
    assert told(story.opinion("leader_assist_1")) == ["leader_deputy_1"]
    assert [fact.step for fact in story.said if isinstance(fact, OpinionGiven)] == [1, 1, 1, 2]


def test_the_last_signature_concludes_and_tells_the_unit_and_the_petition_office() -> None:
    story = reported(recovered=34_400).agreed_by(*IN_ORDER[:-1])
    outputs = story.opinion("leader_principal")
    given, concluded = facts(outputs)
    assert isinstance(given, OpinionGiven)
    assert isinstance(concluded, CaseConcluded)
    assert (concluded.chain, concluded.jointly_reviewed, concluded.version) == ("joint", True, 1)
    assert (concluded.unit, concluded.zone, concluded.recovered_yuan) == (TOWN_UNIT, "zone_1", 34_400)
    assert concluded.concluded_on == NOW.date()
    assert told(outputs) == [TOWN_UNIT, "office_petition"]


def test_the_organs_own_case_is_concluded_without_joint_review() -> None:
    story = reported("unit_organ_1").agreed_by("office_trial", "leader_assist_2", "leader_principal")
    concluded = story.said[-1]
    assert isinstance(concluded, CaseConcluded)
    assert (concluded.chain, concluded.jointly_reviewed) == ("own", False)


def test_a_return_ends_the_version_and_tells_the_unit_and_those_side_by_side() -> None:
    story = reported().agreed_by("office_petition")
    outputs = story.opinion("office_trial", back=True)
    back = the(outputs, ReportReturned)
    assert (back.actor, back.unit, back.version) == ("office_trial", TOWN_UNIT, 1)
    assert back.reason is ReturnReason.FACTS_UNCLEAR
    assert told(outputs) == [TOWN_UNIT, "office_supervision_1", "office_petition"]


def test_the_next_version_passes_the_whole_chain_again() -> None:
    story = reported().agreed_by(*IN_ORDER[:-1])
    assert told(story.opinion("leader_principal", back=True)) == [TOWN_UNIT]
    assert told(story.report(2)) == JOINT[0]
    assert refusal(story.opinion("leader_principal", 2)) is RefusalReason.NOT_YOUR_TURN
    story.agreed_by(*IN_ORDER, version=2)
    concluded = story.said[-1]
    assert isinstance(concluded, CaseConcluded)
    assert concluded.version == 2


@pytest.mark.parametrize("actor", IN_ORDER[3:])
def test_a_leader_waits_for_everybody_before(actor: str) -> None:
    story = reported()
    assert refusal(story.opinion(actor)) is RefusalReason.NOT_YOUR_TURN
    assert refusal(story.opinion(actor, back=True)) is RefusalReason.NOT_YOUR_TURN
    story.agreed_by("office_supervision_1", "office_trial")
    assert refusal(story.opinion(actor)) is RefusalReason.NOT_YOUR_TURN


def test_nobody_speaks_twice_on_a_version() -> None:
    story = reported().agreed_by("office_trial")
    assert refusal(story.opinion("office_trial")) is RefusalReason.ALREADY_DECIDED
    assert refusal(story.opinion("office_trial", back=True)) is RefusalReason.ALREADY_DECIDED
    assert isinstance(story.state, UnderReview)
    assert story.state.given == ["office_trial"]


STRANGERS = ["office_case", "office_supervision_2", "leader_deputy_2", "superior_430400", TOWN_UNIT, "partner_x", ""]


@pytest.mark.parametrize("actor", STRANGERS)
def test_a_stranger_is_refused_and_learns_nothing_of_how_far_it_is(actor: str) -> None:
    done = reported().agreed_by(*IN_ORDER)
    for story in (Story(), reported(), done):
        assert refusal(story.opinion(actor)) is RefusalReason.NOT_ENTITLED
        assert refusal(story.opinion(actor, 7)) is RefusalReason.NOT_ENTITLED


@pytest.mark.parametrize("actor", ["unit_430406002", "office_petition", "leader_principal", ""])
def test_only_the_handling_unit_reports(actor: str) -> None:
    for story in (Story(), reported(), reported().agreed_by(*IN_ORDER)):
        message = SubmitReport(petition=NUMBER, version=1, outcome=Outcome.PROVED)
        assert (
            refusal(submit_report(story.state, message, Facts(YANFENG, actor), now=NOW)) is RefusalReason.NOT_ENTITLED
        )


def test_a_report_is_the_version_that_is_awaited() -> None:
    story = Story()
    assert refusal(story.report(2)) is RefusalReason.WRONG_VERSION
    story.report()
    assert refusal(story.report()) is RefusalReason.ALREADY_DECIDED
    story.opinion("office_trial", back=True)
    assert refusal(story.report()) is RefusalReason.WRONG_VERSION
    assert the(story.report(2), ReportSubmitted).version == 2


@pytest.mark.parametrize("version", [2, 999])
def test_an_opinion_on_another_version_is_refused(version: int) -> None:
    assert refusal(reported().opinion("office_trial", version)) is RefusalReason.WRONG_VERSION


def test_an_opinion_on_what_has_gone_back_is_refused_whether_or_not_the_next_is_there() -> None:
    story = reported()
    story.opinion("office_trial", back=True)
    assert refusal(story.opinion("office_petition")) is RefusalReason.WRONG_VERSION
    story.report(2)
    assert refusal(story.opinion("office_petition")) is RefusalReason.WRONG_VERSION


def test_an_opinion_before_the_report_is_too_early_and_does_not_count() -> None:
    story = Story()
    assert refusal(story.opinion("office_trial")) is RefusalReason.NOT_YOUR_TURN
    story.report()
    assert the(story.opinion("office_trial"), OpinionGiven).actor == "office_trial"


def test_after_the_conclusion_nothing_is_reviewed() -> None:
    story = reported().agreed_by(*IN_ORDER)
    for actor in IN_ORDER:
        assert refusal(story.opinion(actor)) is RefusalReason.ALREADY_DECIDED
    assert refusal(story.report(2)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("actor", ["office_petition", TOWN_UNIT])
def test_a_settlement_is_recorded_once_and_only_of_a_concluded_case(actor: str) -> None:
    story = Story()
    assert refusal(story.settlement(actor)) is RefusalReason.NOT_YOUR_TURN
    story.report()
    assert refusal(story.settlement(actor)) is RefusalReason.NOT_YOUR_TURN
    story.agreed_by(*IN_ORDER)
    settled = the(story.settlement(actor), CaseSettled)
    assert (settled.unit, settled.zone, settled.settled_on) == (TOWN_UNIT, "zone_1", NOW.date())
    assert refusal(story.settlement(actor)) is RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize("actor", ["office_trial", "leader_principal", "unit_430406002"])
def test_others_record_no_settlement(actor: str) -> None:
    for story in (Story(), reported().agreed_by(*IN_ORDER)):
        assert refusal(story.settlement(actor)) is RefusalReason.NOT_ENTITLED


def test_what_comes_before_the_assignment_waits() -> None:
    story = Story()
    story.state = None
    with pytest.raises(NotYet):
        story.report()
    with pytest.raises(NotYet):
        story.opinion("office_trial")
    with pytest.raises(NotYet):
        story.settlement("office_petition")


def test_another_districts_case_is_unknown_though_its_actors_have_the_same_codes() -> None:
    story = reported("unit_organ_1")
    for elsewhere in (
        story.report(petition=ELSEWHERE),
        story.opinion("office_trial", petition=ELSEWHERE),
        story.settlement("office_petition", petition=ELSEWHERE),
    ):
        assert refusal(elsewhere) is RefusalReason.UNKNOWN_PETITION


def test_an_assignment_that_comes_again_changes_nothing() -> None:
    story = reported().agreed_by("office_trial")
    before = story.state
    assert open_case(before, story.given, Facts(YANFENG, ""), now=NOW) == []
    story.hear(story.given)
    assert story.state is before


def test_states_read_back_as_they_were_written() -> None:
    stored: TypeAdapter[Any] = TypeAdapter(ReviewCase)
    for story, shape in (
        (Story(), Awaiting),
        (reported().agreed_by("office_trial"), UnderReview),
        (reported().agreed_by(*IN_ORDER), Concluded),
    ):
        assert isinstance(story.state, shape)
        assert stored.validate_json(stored.dump_json(story.state)) == story.state


# -- whatever comes --------------------------------------------------------------------------------------------------

ANYBODY = st.tuples(
    st.sampled_from(["reports", "agrees", "returns", "settles"]), st.integers(0, 99), st.integers(-1, 1)
)
A_REVIEWER = st.tuples(st.sampled_from(["agrees", "returns"]), st.integers(-9, -1), st.just(0))
WHO_IS_NEXT = st.tuples(st.sampled_from(["goes on", "goes on", "goes on", "sends back", "is assigned again"]))
DEEDS = st.lists(ANYBODY | A_REVIEWER | WHO_IS_NEXT | WHO_IS_NEXT, max_size=30)


class Whatever(Story):
    """A case to which anything happens; knows by itself who must be heard, and checks that nobody else is."""

    def __init__(self, district: District, unit: Unit, excluded: set[str]) -> None:
        super().__init__(unit.code, district, sorted(excluded))
        self.excluded = excluded
        self.demanded = [actor for step in reviewers(district, unit, excluded) for actor in step]
        self.everybody = [*district.actors(), "partner_stranger", "", *self.demanded]
        self.version = 1

    def happens(self, what: str, who: int = 0, off: int = 0) -> None:
        actor, version = self.everybody[who % len(self.everybody)], max(1, self.version + off)
        match what:
            case "reports":
                self.somebody_reports(actor, version)
            case "agrees" | "returns":
                self.somebody_speaks(actor, version, what == "returns")
            case "settles":
                self.settlement(actor)
            case "is assigned again":
                self.hear(self.given)
            case "goes on" | "sends back":
                self.who_is_next_acts(what == "sends back")

    def who_is_next_acts(self, back: bool = False) -> None:
        if isinstance(self.state, Awaiting):
            self.somebody_reports(self.unit, self.version)
        elif isinstance(self.state, UnderReview):
            self.somebody_speaks(self.whose_turn()[-1], self.version, back)

    def somebody_reports(self, actor: str, version: int) -> None:
        is_awaited = isinstance(self.state, Awaiting) and (actor, version) == (self.unit, self.version)
        assert bool(facts(self.report(version, actor or "nobody"))) is is_awaited

    def somebody_speaks(self, actor: str, version: int, back: bool) -> None:
        is_heard = version == self.version and actor in self.whose_turn()
        assert bool(facts(self.opinion(actor, version, back=back))) is is_heard
        self.version += is_heard and back

    def whose_turn(self) -> list[str]:
        answers = {actor: self.would_say(actor, self.version) for actor in self.demanded}
        return [actor for actor, answer in answers.items() if not isinstance(answer[0], Refused)]

    def somebody_is_next_until_it_is_concluded(self) -> None:
        assert bool(self.whose_turn()) is isinstance(self.state, UnderReview)
        assert isinstance(self.state, Awaiting | UnderReview | Concluded)

    def one_voice_each_on_a_version_and_none_tied(self) -> None:
        voices = [(one.version, one.actor) for one in self.said if isinstance(one, OpinionGiven | ReportReturned)]
        assert len(set(voices)) == len(voices)
        assert {actor for _, actor in voices} <= {*self.demanded} - self.excluded - {self.unit}

    def concluded_with_every_voice_on_the_last_version(self) -> None:
        (fact,) = (one for one in self.said if isinstance(one, CaseConcluded))
        agreed = [one for one in self.said if isinstance(one, OpinionGiven) and one.version == fact.version]
        submitted = [one.version for one in self.said if isinstance(one, ReportSubmitted)]
        returned = [one.version for one in self.said if isinstance(one, ReportReturned)]
        assert sorted(one.actor for one in agreed) == sorted(self.demanded)
        assert [one.step for one in agreed] == sorted(one.step for one in agreed)
        assert submitted == [*returned, fact.version] == list(range(1, self.version + 1))
        assert sum(isinstance(one, CaseSettled) for one in self.said) <= 1


@given(ties(), DEEDS)
@settings(deadline=None, max_examples=60)
def test_whatever_comes_a_case_is_concluded_by_all_its_voices_and_by_no_other(
    drawn: tuple[District, Unit, set[str]], deeds: list[tuple[Any, ...]]
) -> None:
    case = Whatever(*drawn)
    for deed in [*deeds, *[("goes on",)] * (1 + len(case.demanded))]:
        case.happens(*deed)
        case.somebody_is_next_until_it_is_concluded()
        case.one_voice_each_on_a_version_and_none_tied()
    case.concluded_with_every_voice_on_the_last_version()
