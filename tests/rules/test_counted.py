"""Lives of a petition by intake's own rules: corrected on the way, every figure is as if it had always been so."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.intake import CaseTraits, PetitionRegistered, ScreenPetition, Traits
from xinfang_contracts.message import Category, Message, Rank
from xinfang_contracts.notices import NoticeDue, RecordDelivery
from xinfang_contracts.outside import AnswerReferral
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.repeats import RepeatConfirmed
from xinfang_contracts.review import CaseConcluded, Outcome
from xinfang_contracts.screening import ApproveReturn, RecordReferralStep, ReferralReturned, ReturnGround
from xinfang_contracts.statistics import CorrectTraits, TraitChanges

from services.intake.decide import Facts
from services.intake.handlers import on_case_concluded, on_correct_traits, on_screen_petition
from services.intake.notices.evolving import evolve
from services.intake.notices.outcomes import expire, record
from services.intake.notices.rules import Facts as NoticeFacts
from services.intake.notices.rules import NoticeClockEnds
from services.intake.outside import answer_referral
from services.intake.screening.following import record_step
from services.intake.screening.verifying import approve_return
from services.intake.state import Registered, ReturnAsked, Screened, State, notice_due_at
from services.metrics.fold import fold
from services.metrics.handlers import COUNTED
from services.runtime.rules import Output
from tests.rules.given import NUMBER, YANFENG, at, case_traits, facts, kept, told
from tests.rules.test_notices import SLIP

OFFICE, COURT = "office_petition", "partner_court"
ACCEPTED, TOLD, BACK, AGAIN = (at(f"2023-03-0{day} 09:00") for day in (1, 2, 6, 8))
CORRECTED = at("2023-12-05 09:00")
Sums = Counter[tuple[str, date, str]]


@dataclass
class Life:
    """A petition with these traits; what a script does to it, each by the rule that answers it."""

    about: CaseTraits
    state: State = None
    said: list[tuple[Message, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        plain = Traits(**{name: getattr(self.about, name) for name in Traits.model_fields})
        self.hear([PetitionRegistered(petition=NUMBER, traits=plain)], at("2023-02-27 10:00"))

    def hear(self, outputs: Sequence[Output], now: datetime) -> Sequence[Output]:
        for fact in facts(outputs):
            self.state = evolve(self.state, fact, now)
            self.said.append((fact, now))
        return outputs

    def screen(self, decision: dict[str, Any], now: datetime) -> None:
        message = ScreenPetition.model_validate({"petition": NUMBER, "decision": decision})
        rule = on_screen_petition(message).rule
        self.hear(rule(self.state, message, Facts(YANFENG, OFFICE, ""), now=now), now)

    def accept(self, now: datetime = ACCEPTED) -> None:
        found = ("category", "rank", "real_name", "first_time")
        self.screen({"kind": "accept"} | {name: getattr(self.about, name) for name in found}, now)

    def accept_again(self) -> None:
        self.accept(AGAIN)

    def tell(self) -> None:
        """In person, in time; whom no notice is owed is told nothing that counts."""
        message = RecordDelivery(
            petition=NUMBER, notice="acceptance_1", outcome="delivered", way="in_person", on=TOLD.date(), proof=SLIP
        )
        self.hear(record(self.state, message, NoticeFacts(YANFENG, OFFICE, is_proof_kept=True), now=TOLD), TOLD)

    def expire(self) -> None:
        while (due := notice_due_at(self.state)) is not None:
            message = NoticeClockEnds(petition=NUMBER, due_at=due)
            self.hear(expire(self.state, message, NoticeFacts(YANFENG, OFFICE), now=due), due)

    def give_back(self) -> None:
        state = self.state
        assert isinstance(state, Screened)
        asked = ReturnAsked(office="office_supervision_1", ground=ReturnGround.NO_SUBSTANCE)
        state = state.model_copy(update={"return_asked": asked, "unit": "unit_430406001"})
        message = ApproveReturn(petition=NUMBER)
        leader = Facts(YANFENG, "leader_assist_1", "")
        self.hear(approve_return(state, message, leader, now=BACK), BACK)

    def refer(self) -> None:
        self.screen({"kind": "refer", "receiver": "court", "basis": "规则13(1)"}, ACCEPTED)

    def step(self, name: str) -> None:
        message = RecordReferralStep.model_validate({"petition": NUMBER, "step": name, "on": TOLD.date()})
        self.hear(record_step(self.state, message, Facts(YANFENG, OFFICE, ""), now=TOLD), TOLD)

    def guide(self) -> None:
        self.step("guided")

    def answer(self) -> None:
        self.step("answered")

    def come_back(self) -> None:
        message = AnswerReferral(petition=NUMBER, outcome="returned", on=BACK.date())
        self.hear(answer_referral(self.state, message, Facts(YANFENG, COURT, ""), now=BACK), BACK)

    def repeat(self) -> None:
        assert isinstance(self.state, Registered | Screened)
        fact = RepeatConfirmed(
            petition=NUMBER, of="430406-2023-000001", by=OFFICE, traits=self.state.traits, multi_head=True
        )
        self.hear([fact], TOLD)

    def conclude(self) -> None:
        assert isinstance(self.state, Screened) and isinstance(self.state.traits, CaseTraits)
        message = CaseConcluded(
            petition=NUMBER,
            traits=self.state.traits,
            unit="unit_430406001",
            chain="joint",
            jointly_reviewed=True,
            version=1,
            outcome=Outcome.PROVED,
            concluded_on=date(2023, 4, 6),
        )
        outputs = on_case_concluded(message).rule(self.state, message, NoticeFacts(YANFENG, OFFICE), now=AGAIN)
        self.state = evolve(self.state, message, AGAIN)
        self.hear(outputs, AGAIN)

    def correct(self, after: CaseTraits) -> None:
        fields = type(self.state.traits).model_fields if isinstance(self.state, Registered | Screened) else {}
        names = [name for name in TraitChanges.model_fields if name in fields]
        changes = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(self.about, name)}
        message = CorrectTraits(petition=NUMBER, changes=TraitChanges(**changes), reason="entry_error")
        rule = on_correct_traits(message).rule
        self.hear(rule(self.state, message, Facts(YANFENG, OFFICE, ""), now=CORRECTED), CORRECTED)
        self.about = after

    def sums(self) -> Sums:
        """What metrics counts of all that was said."""
        found: Sums = Counter()
        heard = {BY_TYPE[name].model for name in COUNTED}
        for fact, now in self.said:
            for counts in kept(fold(None, fact, YANFENG, now=now)) if type(fact) in heard else []:
                for count in counts:
                    found[count.counter, count.month, count.scope] += count.amount
        return Counter({place: amount for place, amount in found.items() if amount})


def lived(script: str, before: CaseTraits, after: CaseTraits) -> Sums:
    """The sums of a life; "!" is where the traits are corrected."""
    life = Life(before)
    for deed in script.split():
        life.correct(after) if deed == "!" else getattr(life, deed)()
    return life.sums()


def same(script: str, before: CaseTraits, after: CaseTraits) -> None:
    """Corrected on the way, and right from the start."""
    assert lived(script, before, after) == lived(script.replace("!", ""), after, after)


BEFORE = case_traits(received_on=date(2023, 2, 27))
ANY_PLACE = {
    "channel": st.sampled_from(["letter", "web"]),
    "town": st.sampled_from(["430406001", "430406100"]),
    "counted": st.booleans(),
}
ANY_FINDING = {
    "category": st.sampled_from(Category),
    "rank": st.sampled_from([Rank.VILLAGE_OR_OTHER, Rank.STAFF]),
    "real_name": st.booleans(),
    "first_time": st.booleans(),
}


def changed(**changes: Any) -> CaseTraits:
    """The form goes with the channel."""
    channel = YANFENG.channel(changes.get("channel", BEFORE.channel))
    assert channel is not None
    return BEFORE.model_copy(update=changes | {"form": channel.form})


@pytest.mark.parametrize(
    "script",
    [
        "accept !",
        "accept tell !",
        "accept ! tell",
        "accept expire !",
        "accept ! expire",
        "accept expire tell !",
        "accept tell give_back accept_again !",
        "accept expire give_back accept_again !",
        "accept give_back accept_again ! tell",
        "accept give_back accept_again tell !",
        "accept conclude !",
        "accept tell conclude expire !",
        "repeat accept !",
    ],
)
@settings(max_examples=20)
@given(after=st.builds(changed, **ANY_PLACE, **ANY_FINDING))
def test_an_accepted_petition_corrected_at_any_time_counts_as_if_it_had_always_been_so(
    script: str, after: CaseTraits
) -> None:
    same(script, BEFORE, after)


@pytest.mark.parametrize(
    "script",
    [
        "!",
        "repeat !",
        "accept tell give_back !",
        "accept expire give_back ! accept_again",
        "accept give_back ! accept_again tell",
        "refer !",
        "refer guide !",
        "refer guide answer !",
        "refer guide ! answer",
        "refer answer !",
        "refer guide come_back !",
        "refer guide come_back accept !",
        "refer ! come_back accept",
    ],
)
@settings(max_examples=20)
@given(after=st.builds(changed, **ANY_PLACE))
def test_what_is_not_accepted_does_so_too(script: str, after: CaseTraits) -> None:
    same(script, BEFORE, after)


@pytest.mark.parametrize("script", ["accept ! tell", "accept ! expire", "accept conclude ! expire"])
@settings(max_examples=20)
@given(after=st.builds(changed, **ANY_PLACE))
def test_corrected_to_a_real_name_the_notices_are_owed_from_when_they_always_were(
    script: str, after: CaseTraits
) -> None:
    same(script, BEFORE.model_copy(update={"real_name": False}), after)


def test_a_correction_there_and_back_leaves_every_figure_as_it_was() -> None:
    life, anonymous = Life(BEFORE), BEFORE.model_copy(update={"real_name": False, "counted": False})
    life.accept()
    life.tell()
    as_it_was = life.sums()
    life.correct(anonymous)
    assert life.sums() == Counter()
    life.correct(BEFORE)
    assert life.sums() == as_it_was


def test_what_was_returned_leaves_no_notice_counted_and_nothing_said_of_it_later_counts() -> None:
    life = Life(BEFORE)
    for deed in (life.accept, life.give_back, life.expire):
        deed()
    assert {counter for counter, _, _ in life.sums()} == {"received", "acceptances_returned"}


def test_a_notice_that_is_carried_is_told_to_nobody_again() -> None:
    life = Life(BEFORE)
    for deed in (life.accept, life.tell, life.give_back):
        deed()
    message = ScreenPetition.model_validate(
        {"petition": NUMBER, "decision": {"kind": "accept", "category": "work", "rank": "staff", "real_name": True}}
    )
    outputs = on_screen_petition(message).rule(life.state, message, Facts(YANFENG, OFFICE, ""), now=AGAIN)
    (due,) = [one for one in facts(outputs) if isinstance(one, NoticeDue)]
    assert (due.notice, due.carried, due.on_time, due.traits.category) == ("acceptance_1", True, True, Category.WORK)
    assert OFFICE not in told(outputs)


def test_the_stored_state_of_every_life_reads_back() -> None:
    life = Life(BEFORE)
    for deed in (life.accept, life.expire, life.give_back, life.accept_again, life.repeat):
        deed()
        stored = Screened if isinstance(life.state, Screened) else Registered
        assert isinstance(life.state, Registered | Screened)
        assert stored.model_validate_json(life.state.model_dump_json()) == life.state


# -- referrals that come back


def test_a_referral_that_comes_back_is_the_petition_offices_to_screen_anew() -> None:
    life = Life(BEFORE)
    life.refer()
    message = AnswerReferral(petition=NUMBER, outcome="returned", on=BACK.date())
    outputs = answer_referral(life.state, message, Facts(YANFENG, COURT, ""), now=BACK)
    (fact,) = [one for one in facts(outputs) if isinstance(one, ReferralReturned)]
    assert (fact.receiver, told(outputs)) == ("court", [OFFICE, OFFICE])
    life.hear(outputs, BACK)
    assert isinstance(life.state, Registered)
    life.accept(AGAIN)
    assert {counter for counter, _, _ in life.sums()} >= {"received", "accepted"}
    assert not {counter for counter, _, _ in life.sums() if counter.startswith("referred")}
