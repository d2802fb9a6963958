"""The whole chain against a plain model: reports, opinions, returns, ties, moves, forgeries, ticks, in any order.

Never concluded without exactly the voices that are demanded on that version; never two by one person; nobody tied and
nobody of the handling unit has one; never stuck: what is open, done in order, concludes the case.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.review import (
    CaseConcluded,
    GiveOpinion,
    OpinionGiven,
    OpinionOverdue,
    Outcome,
    ReportReturned,
    ReturnReason,
    SubmitReport,
)
from xinfang_contracts.routing import CaseSentUp, CaseWithdrawn, Mode
from xinfang_contracts.signing import PublicJwk, Signature, signed_text

from services.review import decide, moves
from services.review.due import CaseDue, due_at, fall_due
from services.review.facts import Facts
from services.review.joint.opinions import Demanded
from services.review.signing.checking import Signer
from services.review.state import Concluded, ReviewCase, State, UnderReview, evolve
from services.review.tasks import open_tasks
from services.runtime.rules import Output, Refused
from tests.rules.generated import districts
from tests.rules.given import NOW, assigned, case_traits, facts, kept, running, told
from tests.rules.joint_model import Model
from tests.rules.stories import tieable

STORED: TypeAdapter[Any] = TypeAdapter(ReviewCase)
DOCUMENT = DocumentRef(document="0b6f3b1e-7d53-4c1c-9a0e-2f6d1c9a7e11", digest="a" * 64)
KEYS = [Ed25519PrivateKey.generate() for _ in range(40)]
SHARED = KEYS.pop()
"""Of one person who belongs to every office: their voice counts once."""
EVERYWHERE = "person_everywhere"
GOOD = ("own", "own", "own", "everywhere", "none")
FORGED = ("changed", "of another version", "revoked", "of another person")
ANYBODY = st.integers(0, 99)
ATTEMPT = st.tuples(
    ANYBODY, st.sampled_from([0, 0, 0, -1, 1]), st.sampled_from([False] * 5 + [True]), st.sampled_from(GOOD + FORGED)
)


def base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def jwk(key: Ed25519PrivateKey) -> PublicJwk:
    return PublicJwk(kty="OKP", crv="Ed25519", x=base64url(key.public_key().public_bytes_raw()))


def key_id(number: int) -> str:
    return f"{number:043d}"


class JointReview(RuleBasedStateMachine):
    """A case to which anything happens that may happen to one."""

    @initialize(district=districts(joint=True) | districts(), data=st.data())
    def begins(self, district: District, data: st.DataObject) -> None:
        self.district, self.now = district, NOW
        self.number = f"{district.code}-2023-000017"
        self.units = [unit.code for unit in district.units]
        unit = data.draw(st.sampled_from(self.units))
        tied = data.draw(st.sets(st.sampled_from(tieable(district)), max_size=4)) - {unit}
        self.everybody = [*district.actors(), "partner_stranger"]
        self.owners = {actor: (f"person_{n}", KEYS[n], key_id(n)) for n, actor in enumerate(self.everybody)}
        self.signers = {
            actor: {own: Signer(person, jwk(key)), key_id(99): Signer(EVERYWHERE, jwk(SHARED))}
            for actor, (person, key, own) in self.owners.items()
        }
        self.model = Model(district, unit, {*tied})
        self.acceptance, self.moved = 1, 0
        self.state: State = None
        self.said: list[Message] = []
        self.demands: list[Demanded] = []
        self.given = assigned(unit, number=self.number, district=district, excluded=sorted(tied))
        self.past: list[tuple[Any, Message]] = []
        self.heard(decide.open_case, self.given)

    # -- how messages come --------------------------------------------------------------------------------------------

    def decides(self, rule_: Any, message: Message, actor: str = "", *, heard: bool = False) -> Sequence[Output]:
        known = Facts(self.district, actor, self.signers)
        outputs: Sequence[Output] = rule_(self.state, message, known, now=self.now)
        assert rule_(self.state, message, known, now=self.now) == outputs
        for fact in [*([message] if heard else []), *facts(outputs)]:
            self.state = evolve(self.state, fact, self.now)
        self.said += facts(outputs)
        for demanded in [one for one in kept(outputs) if isinstance(one, Demanded)]:
            assert [*demanded.actors] == [actor for step in self.model.steps() for actor in step]
            self.demands.append(demanded)
        assert not {*told(outputs)} & self.model.tied
        return outputs

    def heard(self, rule_: Any, fact: Message) -> Sequence[Output]:
        self.past.append((rule_, fact))
        return self.decides(rule_, fact, heard=True)

    def who(self, number: int) -> str:
        return self.everybody[number % len(self.everybody)]

    def free_unit(self, number: int) -> str | None:
        free = [unit for unit in self.units if unit not in self.model.tied]
        return free[number % len(free)] if free else None

    # -- the unit and the reviewers -----------------------------------------------------------------------------------

    @rule(number=ANYBODY, off=st.integers(-1, 1), with_document=st.booleans())
    def somebody_reports(self, number: int, off: int, with_document: bool) -> None:
        self.reports(self.who(number), max(1, self.model.version + off), with_document)

    @rule(with_document=st.booleans())
    @precondition(lambda self: self.model.status == "awaiting")
    def the_unit_reports(self, with_document: bool) -> None:
        self.reports(self.model.unit, self.model.version, with_document)

    def reports(self, actor: str, version: int, with_document: bool) -> None:
        message = SubmitReport(
            petition=self.number,
            version=version,
            outcome=Outcome.PROVED,
            report=DOCUMENT if with_document else None,
        )
        is_awaited = (self.model.status, self.model.unit, self.model.version) == ("awaiting", actor, version)
        assert bool(facts(self.decides(decide.submit_report, message, actor))) is is_awaited
        if is_awaited:
            self.model.reports()

    @rule(number=ANYBODY, off=st.integers(-1, 1), back=st.booleans(), how=st.sampled_from(GOOD + FORGED))
    def somebody_speaks(self, number: int, off: int, back: bool, how: str) -> None:
        self.speaks(self.who(number), max(1, self.model.version + off), back, how)

    @rule(number=ANYBODY, back=st.sampled_from([False, False, False, True]), how=st.sampled_from(GOOD + FORGED))
    @precondition(lambda self: self.model.status == "review")
    def somebody_whose_turn_it_is_speaks(self, number: int, back: bool, how: str) -> None:
        turn = sorted(self.model.turn())
        self.speaks(turn[number % len(turn)], self.model.version, back, how)

    @rule(attempts=st.lists(ATTEMPT, min_size=1, max_size=6))
    @precondition(lambda self: self.model.status == "review")
    def the_chain_speaks(self, attempts: list[tuple[int, int, bool, str]]) -> None:
        """In turn and out of turn, a second time, on this version and on others."""
        for number, off, back, how in attempts:
            if self.model.unit in self.units:
                voices = [actor for step in self.model.steps() for actor in step]
                actor = voices[number % len(voices)]
                self.speaks(actor, max(1, self.model.version + off), back, how)
                self.one_voice_each_and_none_without_a_part()

    def speaks(self, actor: str, version: int, back: bool, how: str) -> None:
        returned = ReturnReason.FACTS_UNCLEAR if back else None
        message = self.signed(GiveOpinion(petition=self.number, version=version, returned=returned), actor, how)
        person = None if message.signature is None else message.signature.person
        is_heard = (
            version == self.model.version
            and actor in self.model.turn()
            and how not in FORGED
            and (person is not None or self.district.review.signatures == "recorded")
            # Who belongs to every office belongs to the handling unit, and to everybody who is tied.
            and person != EVERYWHERE
            and person not in self.model.signed
        )
        outputs = self.decides(decide.give_opinion, message, actor)
        voices = [one for one in facts(outputs) if isinstance(one, OpinionGiven | ReportReturned)]
        assert len(voices) == is_heard, outputs
        assert is_heard or isinstance(outputs[0], Refused)
        if is_heard and back:
            self.model.returns()
        elif is_heard:
            self.model.agrees(actor, person)

    def signed(self, message: GiveOpinion, actor: str, how: str) -> GiveOpinion:
        if how == "none":
            return message
        person, key, own = self.owners[actor]
        if how == "everywhere":
            person, key, own = EVERYWHERE, SHARED, key_id(99)
        if how == "of another person":
            person = "person_nobody"
        trail = None if self.state is None else self.state.case.trail
        report = self.state.report if isinstance(self.state, UnderReview) else None
        signature = Signature(
            person=person,
            key=key_id(77) if how == "revoked" else own,
            over=report.digest if report else None,
            seen="b" * 64 if how == "of another version" else trail.running[0] if trail and trail.running else None,
            value="A",
        )
        message = message.model_copy(update={"signature": signature})
        body = message.model_dump(mode="json", exclude_none=True)
        value = key.sign(signed_text(self.district.code, actor, "review.give_opinion.v1", body).encode())
        if how == "changed":
            value = bytes([value[0] ^ 1]) + value[1:]
        return message.model_copy(update={"signature": signature.model_copy(update={"value": base64url(value)})})

    # -- ties and moves -----------------------------------------------------------------------------------------------

    @rule(number=ANYBODY, move_first=st.booleans(), to=ANYBODY)
    def somebody_is_tied(self, number: int, move_first: bool, to: int) -> None:
        """Routing moves a case whose unit is tied, or one of its helpers; review hears of both in either order."""
        voices = [actor for step in self.model.steps() for actor in step] if self.model.status == "review" else []
        reviewing = [one for one in voices if one in tieable(self.district)]
        candidates = reviewing if reviewing and number % 2 else tieable(self.district)
        actor = candidates[number // 2 % len(candidates)]
        tie = TieDeclared(petition=self.number, actor=actor, assigned=True)
        is_moved = self.model.status in ("awaiting", "review") and (actor == self.model.unit or to % 2 == 0)
        if not is_moved:
            self.is_tied(tie)
            return
        before = self.model.tied | {actor}
        if move_first:
            self.is_moved(to, before)
            self.is_tied(tie)
        else:
            self.is_tied(tie)
            self.is_moved(to, before)

    def is_tied(self, tie: TieDeclared) -> None:
        if tie.actor == self.model.unit and self.model.status in ("awaiting", "review"):
            # For the moment until the move is heard it has nobody's hands.
            self.model.tied |= {tie.actor}
            self.model.heard -= {tie.actor}
        else:
            self.model.is_tied({tie.actor})
        self.heard(moves.hear_tie, tie)

    @rule(to=ANYBODY)
    @precondition(lambda self: self.model.status in ("awaiting", "review", "above"))
    def routing_moves_it(self, to: int) -> None:
        self.is_moved(to, self.model.tied)

    def is_moved(self, to: int, tied: set[str]) -> None:
        self.moved += 1
        before, self.model.tied = self.model.unit, {*tied}
        stays = to % 4 > 1 and before in self.units and before not in tied
        unit = before if stays else self.free_unit(to)
        told_of: dict[str, Any] = {
            "petition": self.number,
            "traits": case_traits(),
            "before": before,
            "before_on": NOW.date(),
            "excluded": sorted(tied),
            "acceptance": self.acceptance,
            "move": self.moved,
        }
        fact: Message
        if unit is None:
            fact = CaseSentUp(**told_of, superior=self.district.remit.superior, rule="nobody_left")
        else:
            fact = CaseReassigned(**told_of, unit=unit, mode=Mode.UNIT, rule="moved", clock=running("handling", NOW))
        self.model.heard -= tied
        self.model.moves(unit)
        self.model.ends_where_all_have_spoken()
        self.heard(moves.move, fact)

    @rule(number=ANYBODY, is_tied=st.booleans(), to=ANYBODY)
    @precondition(lambda self: self.model.status in ("awaiting", "review", "above"))
    def it_is_given_up(self, number: int, is_tied: bool, to: int) -> None:
        """Somebody may turn out to be tied before it is accepted anew."""
        fact = CaseWithdrawn(
            petition=self.number,
            traits=case_traits(),
            unit=self.model.unit,
            assigned_on=NOW.date(),
            withdrawn_on=NOW.date(),
            acceptance=self.acceptance,
        )
        self.model.version += self.model.status == "review"
        self.model.status = "withdrawn"
        self.heard(decide.withdraw, fact)
        if is_tied:
            candidates = tieable(self.district)
            actor = candidates[number % len(candidates)]
            self.is_tied(TieDeclared(petition=self.number, actor=actor, assigned=False))
        self.speaks(self.who(to), self.model.version, False, "own")
        self.is_accepted_anew(to)

    @rule(to=ANYBODY)
    @precondition(lambda self: self.model.status == "concluded")
    def it_comes_back(self, to: int) -> None:
        self.is_accepted_anew(to)

    def is_accepted_anew(self, to: int) -> None:
        """With the list of those who were tied at first: whoever was since is so still."""
        if self.free_unit(to) is None:
            return
        self.acceptance, self.moved = self.acceptance + 1, 0
        self.model.version += self.model.status == "concluded"
        self.model.status, self.model.unit = "awaiting", self.free_unit(to) or ""
        again = self.given.model_copy(update={"unit": self.model.unit, "acceptance": self.acceptance})
        self.heard(decide.open_case, again)

    @rule(number=ANYBODY)
    @precondition(lambda self: self.model.status in ("awaiting", "review", "concluded", "withdrawn"))
    def something_is_heard_again(self, number: int) -> None:
        rule_, fact = self.past[number % len(self.past)]
        before = self.state
        assert self.decides(rule_, fact, heard=True) == []
        assert self.state == before

    # -- time ---------------------------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(days=st.integers(0, 20))
    def a_tick_comes(self, days: int) -> None:
        """However late: each moment is worked off by itself, and there is an end to it."""
        self.days_pass(days)
        until, turn = self.now, self.model.turn()
        while (due := self.next_due()) is not None and due <= until:
            self.now = due
            outputs = self.decides(fall_due, CaseDue(petition=self.number))
            late = [one for one in facts(outputs) if isinstance(one, OpinionOverdue)]
            assert isinstance(self.state, Concluded) or {one.actor for one in late} <= turn
            assert all(one.times <= self.district.review.reminders for one in late)
            assert self.next_due() != due
        self.now = until

    def next_due(self) -> datetime | None:
        return due_at(self.state)

    # -- what is open -------------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 9))
    @precondition(lambda self: self.model.status in ("awaiting", "review"))
    def what_is_open_is_done(self, count: int) -> None:
        for _ in range(count):
            if self.model.status in ("awaiting", "review"):
                self.does_what_is_open()
                self.the_model_and_the_rules_agree()

    @rule(number=ANYBODY, count=st.integers(1, 9))
    @precondition(lambda self: self.model.status in ("awaiting", "review"))
    def what_is_open_is_done_by_anybody_first(self, number: int, count: int) -> None:
        self.what_is_open_is_done(count)
        if self.model.status == "review":
            turn = sorted(self.model.turn())
            self.speaks(turn[number % len(turn)], self.model.version, number % 5 == 0, "own")

    def does_what_is_open(self) -> None:
        task = open_tasks(self.state, self.district)[0]
        assert task.version == self.model.version
        if task.task == "report":
            self.reports(task.actor, task.version, True)
        else:
            self.speaks(task.actor, task.version, False, "own")

    # -- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def the_model_and_the_rules_agree(self) -> None:
        if not hasattr(self, "model"):
            return
        assert self.state is not None
        status = {"under_review": "review"}.get(self.state.status, self.state.status)
        assert (status, self.state.case.unit) == (self.model.status, self.model.unit)
        assert {*self.state.case.excluded} == self.model.tied
        if not isinstance(self.state, Concluded):
            assert self.state.version == self.model.version
        if isinstance(self.state, UnderReview):
            assert {*self.state.given} == self.model.heard
            assert {*self.state.asked} == self.model.turn()
        assert STORED.validate_json(self.state.model_dump_json()) == self.state

    @invariant()
    def something_is_open_until_it_is_over(self) -> None:
        if hasattr(self, "model"):
            open_for = {(one.actor, one.task) for one in open_tasks(self.state, self.district)}
            awaited = {(self.model.unit, "report")} if self.model.status == "awaiting" else set()
            assert open_for == awaited | {(actor, "opinion") for actor in self.model.turn()}
            assert bool(open_for) is (self.model.status in ("awaiting", "review"))

    @invariant()
    def one_voice_each_and_none_without_a_part(self) -> None:
        if not hasattr(self, "model"):
            return
        voices = [one for one in self.said if isinstance(one, OpinionGiven | ReportReturned)]
        actors = [(one.version, one.actor) for one in voices]
        persons = [(one.version, one.signed.person) for one in voices if one.signed]
        assert len({*actors}) == len(actors)
        assert len({*persons}) == len(persons)
        if isinstance(self.state, UnderReview):
            assert not {*self.state.given} & {*self.state.case.excluded, self.state.case.unit}

    @invariant()
    def concluded_by_exactly_the_voices_that_were_demanded(self) -> None:
        if not hasattr(self, "model"):
            return
        concluded = [one for one in self.said if isinstance(one, CaseConcluded)]
        assert [one.version for one in self.demands] == [one.version for one in concluded]
        for demanded in self.demands:
            agreed = {
                one.actor: one.signed
                for one in self.said
                if isinstance(one, OpinionGiven) and one.version == demanded.version
            }
            assert demanded.actors
            assert {*demanded.actors} <= agreed.keys()
            assert self.district.review.signatures == "recorded" or all(agreed.values())
            assert not any(isinstance(one, ReportReturned) and one.version == demanded.version for one in self.said)

    def teardown(self) -> None:
        """Never stuck: what is open, done in order, concludes it."""
        if not hasattr(self, "model"):
            return
        for _ in range(20):
            if self.model.status not in ("awaiting", "review"):
                break
            self.does_what_is_open()
        assert self.model.status in ("concluded", "withdrawn", "above")
        self.the_model_and_the_rules_agree()
        self.concluded_by_exactly_the_voices_that_were_demanded()


JointReview.TestCase.settings = settings(deadline=None, max_examples=100, stateful_step_count=30)
TestJointReview = JointReview.TestCase
