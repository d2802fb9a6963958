"""Intake's rules: registration and screening. Functions of values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, assert_never

from xinfang_contracts.district import Channel, District, OfficeKind
from xinfang_contracts.intake import (
    Acceptance,
    CaseTraits,
    DecidedBy,
    DeclareDistrict,
    DistrictDeclared,
    Filing,
    PetitionAccepted,
    PetitionContent,
    PetitionDeclined,
    PetitionKeptOnFile,
    PetitionReferred,
    PetitionRegistered,
    Referral,
    Refusal,
    RefusalReason,
    ScreenPetition,
    SubmitPetition,
    Traits,
    TransferDown,
)
from xinfang_contracts.message import Form, Message

from services.runtime.clock import civil_date, due_at
from services.runtime.rules import Answer, Keep, Notice, Output, Refused, is_ours

from .screening import proposing, recusal, remit
from .sealed.sealing import Reopened, SealedPart, seal
from .state import Registered, State


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a petition, looked at and found fit. ``name`` is the sender's, and stays in the vault."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A submission, opened in memory. ``sealed``: its content as ciphertext for ``reader``, when it must go there.

    Its files are then in ``sealed_files`` alone, and otherwise in ``files`` alone. receipt: the keyed digest of its
    receipt; None when it came without one.
    """

    content: PetitionContent
    reader: str | None = None
    sealed: str | None = None
    files: tuple[Attachment, ...] = ()
    sealed_files: tuple[SealedPart, ...] = ()
    receipt: bytes | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What intake's rules need to know: the district, who speaks, the next number, the opened content.

    reopened: a petition from the vault that is to be sealed; kids: which key each reader has, by the key's id; earlier:
    what a decision says is repeated, and what that leads to.
    """

    district: District
    actor: str
    number: str
    opened: Opened | None = None
    reopened: Reopened | None = None
    kids: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deposit:
    """A content for the vault, and the files that came with it."""

    petition: str
    content: PetitionContent
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeReceipt:
    """A receipt that from now on leads to a petition. ``replaces``: and every earlier one no longer does."""

    petition: str
    digest: bytes
    made_at: datetime
    replaces: bool = False


def submit(_state: State, message: SubmitPetition, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """登记: give the item its number and put it into the vault, or send it sealed to its one reader."""
    district, opened = facts.district, facts.opened
    if opened is None:
        raise ValueError("a submission comes opened")
    channel = district.channel(message.channel)
    if channel is None:
        return [Refused(RefusalReason.UNKNOWN_CHANNEL)]
    is_from_above = facts.actor.startswith("superior")
    if not may_use(facts.actor, channel) or (message.transfer is not None and not is_from_above):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    receipt = [] if opened.receipt is None else [Keep(MadeReceipt(facts.number, opened.receipt, now))]
    if opened.reader is not None:
        if opened.sealed is None:
            raise ValueError("what has a reader comes sealed: it must not be registered in readable form")
        return [*seal(facts.number, opened.reader, opened.sealed, district, now, opened.sealed_files), *receipt]
    traits = Traits(
        channel=channel.code,
        form=channel.form,
        received_on=_received_on(message, facts.actor, civil_date(now)),
        town=district.town_of(opened.content.village),
        transferred=is_from_above,
        skip_level=message.skip_level if may_mark(facts.actor) else None,
        visitors=message.visitors if may_mark(facts.actor) else None,
    )
    fact = PetitionRegistered(
        petition=facts.number,
        traits=traits,
        excluded=ties(opened.content),
        transfer=message.transfer,
        due_at=due_at(now, district.clocks[district.remit.transfer_clock], district.calendar)
        if is_from_above
        else None,
        proposals=proposing.propose(opened.content, district),
    )
    offices = petition_offices(district)
    told: list[Output] = [Notice(office, fact) for office in offices]
    if facts.actor not in offices:
        # What rules propose is the petition office's alone: never a partner's, whatever it has handed in.
        told.append(Answer(fact.model_copy(update={"proposals": None})))
    deposit = Keep(Deposit(facts.number, opened.content, opened.files))
    return [fact, deposit, *receipt, *told, *_decide_alone(fact, district, now)]


def _decide_alone(fact: PetitionRegistered, district: District, now: datetime) -> Sequence[Output]:
    """What the district file lets a rule decide alone; the petition office is told."""
    proposals = fact.proposals or []
    alone = None if fact.traits.transferred else proposing.decide_alone(proposals, district)
    if alone is None:
        return []
    state = Registered(traits=fact.traits, tied=fact.excluded)
    decided = _decided(fact.petition, state, alone, district, now, decided_by="rule")
    if any(isinstance(one, Refused) for one in decided):
        return []
    offices = petition_offices(district)
    return [*decided, *(Notice(office, decided[0]) for office in offices if isinstance(decided[0], Message))]


def may_mark(actor: str) -> bool:
    """Who may say that an item went over the levels, or how many came: who has seen it, or knows of it officially."""
    return actor.startswith(("office", "superior"))


def may_use(actor: str, channel: Channel) -> bool:
    """A partner uses its own channels only, and nobody else uses them."""
    return channel.partner == actor if actor.startswith("partner") else channel.partner is None


def petition_offices(district: District) -> list[str]:
    """信访室, by code."""
    return [office.code for office in district.office_of_kind(OfficeKind.PETITION)]


def _received_on(message: SubmitPetition, actor: str, today: date) -> date:
    """The day a clerk enters, never one to come; from everybody else the day of arrival."""
    if actor.startswith("office") and message.received_on is not None:
        return min(message.received_on, today)
    return today


def ties(content: PetitionContent) -> list[str]:
    """Codes that the content excludes from handling: the accused's units."""
    return sorted({accused.unit for accused in content.accused if accused.unit is not None})


def screen(state: State, message: ScreenPetition, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A clerk's decision on a registered item."""
    if facts.actor not in petition_offices(facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if state is None or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if not isinstance(state, Registered):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    if refused := remit.refused_remit(message):
        return [refused]
    marked = remit.marked(state, message)
    if marked is None:
        return _decided(message.petition, state, message.decision, facts.district, now)
    state = state.model_copy(update={"traits": marked.traits})
    decided = _decided(message.petition, state, message.decision, facts.district, now)
    return decided if isinstance(decided[0], Refused) else [*decided, marked]


def _decided(
    number: str,
    state: Registered,
    decision: Acceptance | Referral | Refusal | Filing | TransferDown,
    district: District,
    now: datetime,
    decided_by: DecidedBy = "clerk",
) -> Sequence[Output]:
    traits = state.traits
    match decision:
        case Acceptance():
            return _accept(number, state, decision, district, now)
        case TransferDown():
            return remit.transfer_down(number, state, decision, district, now, decided_by)
        case Referral():
            receivers = {one.code: one for one in district.receivers}
            if decision.receiver not in receivers:
                return [Refused(RefusalReason.UNKNOWN_RECEIVER)]
            # 规则13: a letter is forwarded; who visits, calls or writes online is told where to go.
            manner: Literal["forwarded", "told"] = "forwarded" if traits.form is Form.LETTER else "told"
            fact = PetitionReferred(
                petition=number,
                traits=traits,
                receiver=decision.receiver,
                manner=manner,
                basis=decision.basis,
                due_at=remit.referral_due(district, now),
                decided_by=decided_by,
            )
            partner = receivers[decision.receiver].partner
            # Whoever is only told where to go may never go there: the number is told with the letter.
            return [fact, Notice(partner, fact)] if partner and manner == "forwarded" else [fact]
        case Refusal():
            return [PetitionDeclined(petition=number, traits=traits, ground=decision.ground, basis=decision.basis)]
        case Filing():
            return [
                PetitionKeptOnFile(petition=number, traits=traits, repeat_of=decision.repeat_of, basis=decision.basis)
            ]
        case _:
            assert_never(decision)


def _accept(
    number: str, state: Registered, decision: Acceptance, district: District, now: datetime
) -> Sequence[Output]:
    if decision.rank in district.remit.higher_ranks:
        # 规则15: a higher level's cadre is not this organ's to handle, however late that is noticed.
        return [Refused(RefusalReason.MUST_BE_SEALED)]
    for unit in (decision.responsible_unit, decision.accused_unit):
        if unit is not None and district.unit(unit) is None:
            return [Refused(RefusalReason.UNKNOWN_UNIT)]
    if refused := remit.refused_findings(decision, state, district) or recusal.refused_ties(decision, district):
        return [refused]
    traits = CaseTraits(
        **state.traits.model_dump(),
        accepted_on=civil_date(now),
        category=decision.category,
        rank=decision.rank,
        real_name=decision.real_name,
        first_time=decision.first_time,
        sub_class=decision.sub_class,
    )
    fact = PetitionAccepted(
        petition=number,
        traits=traits,
        responsible_unit=decision.responsible_unit,
        accused_unit=decision.accused_unit,
        excluded=recusal.excluded(decision, state, district),
        repeat_of=decision.repeat_of,
        transfer=state.transfer,
        acceptance=state.accepted + 1,
        people=decision.people,
        amount_yuan=decision.amount_yuan,
        urgent=decision.urgent,
    )
    return [fact, *remit.told_of_acceptance(fact, district)]


def declare(_state: State, message: DeclareDistrict, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Announce the district that is in force."""
    district = facts.district
    if message.revision != district.revision:
        return [Refused(RefusalReason.REVISION_DIFFERS)]
    return [
        DistrictDeclared(
            revision=district.revision,
            towns=[town.code for town in district.towns],
            zones=[zone.code for zone in district.zones],
            units=[unit.code for unit in district.units],
            villages=sum(len(town.villages) for town in district.towns),
            zone_leads=len({zone.lead for zone in district.zones}),
        )
    ]
