"""Intake's rules: registration, the sealed way, screening. Functions of values."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never

from xinfang_contracts.district import Channel, District, Leader, LeaderRole, OfficeKind
from xinfang_contracts.intake import (
    Acceptance,
    Accused,
    CaseTraits,
    DeclareDistrict,
    DistrictDeclared,
    Filing,
    PetitionAccepted,
    PetitionContent,
    PetitionDeclined,
    PetitionKeptOnFile,
    PetitionReferred,
    PetitionRegistered,
    PetitionSealed,
    Referral,
    Refusal,
    RefusalReason,
    ScreenPetition,
    SealedPetition,
    SubmitPetition,
    Traits,
)
from xinfang_contracts.message import Form

from services.runtime.clock import civil_date
from services.runtime.rules import Keep, Notice, Output, Refused, Seal, is_ours

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

    receipt: the keyed digest of its receipt; None when it came without one.
    """

    content: PetitionContent
    reader: str | None = None
    sealed: str | None = None
    files: tuple[Attachment, ...] = ()
    receipt: bytes | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What intake's rules need to know: the district, who speaks, the next number, the opened content."""

    district: District
    actor: str
    number: str
    opened: Opened | None = None


@dataclass(frozen=True, slots=True)
class Deposit:
    """A content for the vault."""

    petition: str
    content: PetitionContent


@dataclass(frozen=True, slots=True)
class MadeReceipt:
    """A receipt that from now on leads to a petition. ``replaces``: and every earlier one no longer does."""

    petition: str
    digest: bytes
    made_at: datetime
    replaces: bool = False


def sealed_reader(content: PetitionContent, district: District) -> str | None:
    """Who alone may read this petition, or None when it may be registered here (规则15).

    On the organ's own leadership: the superior, straight. On a cadre whom a higher level manages: the organ's own
    principal, who reports it up; but never one of the organ's own, who may be that principal. Where nobody is named as
    accused, a leader's name in the text is enough: to seal one too many does no harm, one too few does.
    """
    for leader in district.leaders:
        if any(_is_leader(accused, leader, district) for accused in content.accused):
            return district.remit.superior
        if not any(accused.name for accused in content.accused) and _is_named(leader, content.text):
            return district.remit.superior
    higher = [accused for accused in content.accused if accused.rank in district.remit.higher_ranks]
    if any(_is_in_organ(accused, district) for accused in higher):
        return district.remit.superior
    return district.leaders_of(LeaderRole.PRINCIPAL)[0].code if higher else None


def _is_leader(accused: Accused, leader: Leader, district: District) -> bool:
    """By name, by a form of address among the names, or by post in the organ."""
    where = f"{accused.organisation or ''}{accused.post or ''}"
    if any(_is_named(leader, text) for text in (accused.name, where) if text):
        return True
    post, title = _plain(accused.post or ""), _plain(leader.title)
    return bool(post) and _is_in_organ(accused, district) and (title in post or post in title)


def _is_in_organ(accused: Accused, district: District) -> bool:
    """The organ by its name or by a part of it (区纪委), but not by the district's name alone."""
    where, organ, name = _plain(accused.organisation or ""), _plain(district.organ), _plain(district.name)
    short = where.replace(name, "")
    return organ in where or (len(short) > 1 and short in organ and short not in name)


def _is_named(leader: Leader, text: str) -> bool:
    if not leader.names:
        return False
    written = _plain(text)
    return any(name in written for name in map(_plain, leader.names) if name)


def _plain(text: str) -> str:
    """Without what a name is written with or without: blanks, line breaks, full-width forms."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def submit(_state: State, message: SubmitPetition, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """登记: give the item its number and put it into the vault, or send it sealed to its one reader."""
    district, opened = facts.district, facts.opened
    if opened is None:
        raise ValueError("a submission comes opened")
    channel = district.channel(message.channel)
    if channel is None:
        return [Refused(RefusalReason.UNKNOWN_CHANNEL)]
    if not _may_use(facts.actor, channel):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    receipt = [] if opened.receipt is None else [Keep(MadeReceipt(facts.number, opened.receipt, now))]
    if opened.reader is not None:
        return [*_seal(facts.number, opened.reader, opened.sealed, district, now), *receipt]
    traits = Traits(
        channel=channel.code,
        form=channel.form,
        received_on=_received_on(message, facts.actor, civil_date(now)),
        town=district.town_of(opened.content.village),
        transferred=facts.actor.startswith("superior"),
    )
    fact = PetitionRegistered(petition=facts.number, traits=traits, excluded=ties(opened.content))
    told = [Notice(office.code, fact) for office in district.office_of_kind(OfficeKind.PETITION)]
    others = [one for one in told if one.actor != facts.actor]
    return [fact, Keep(Deposit(facts.number, opened.content)), *receipt, *others]


def _seal(number: str, reader: str, sealed: str | None, district: District, now: datetime) -> Sequence[Output]:
    if sealed is None:
        raise ValueError("what has a reader comes sealed: it must not be registered in readable form")
    envelope = SealedPetition(petition=number, district=district.code, received_at=now, content=sealed)
    return [PetitionSealed(petition=number, reader=reader, received_at=now), Seal(reader, envelope)]


def _may_use(actor: str, channel: Channel) -> bool:
    """A partner uses its own channels only, and nobody else uses them."""
    return channel.partner == actor if actor.startswith("partner") else channel.partner is None


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
    if facts.actor not in {office.code for office in facts.district.office_of_kind(OfficeKind.PETITION)}:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if state is None or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if not isinstance(state, Registered):
        return [Refused(RefusalReason.ALREADY_DECIDED)]
    number, traits, decision = message.petition, state.traits, message.decision
    match decision:
        case Acceptance():
            return _accept(number, state, decision, facts.district, now)
        case Referral():
            if decision.receiver not in {one.code for one in facts.district.receivers}:
                return [Refused(RefusalReason.UNKNOWN_RECEIVER)]
            # 规则13: a letter is forwarded; who visits, calls or writes online is told where to go.
            manner: Literal["forwarded", "told"] = "forwarded" if traits.form is Form.LETTER else "told"
            return [
                PetitionReferred(
                    petition=number, traits=traits, receiver=decision.receiver, manner=manner, basis=decision.basis
                )
            ]
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
        return [Refused(RefusalReason.NOT_ENTITLED)]
    for unit in (decision.responsible_unit, decision.accused_unit):
        if unit is not None and district.unit(unit) is None:
            return [Refused(RefusalReason.UNKNOWN_UNIT)]
    traits = CaseTraits(
        **state.traits.model_dump(),
        accepted_on=civil_date(now),
        category=decision.category,
        rank=decision.rank,
        real_name=decision.real_name,
        first_time=decision.first_time,
    )
    tied = {*state.tied, decision.accused_unit} - {None}
    return [
        PetitionAccepted(
            petition=number,
            traits=traits,
            responsible_unit=decision.responsible_unit,
            accused_unit=decision.accused_unit,
            excluded=sorted(str(code) for code in tied),
            repeat_of=decision.repeat_of,
        )
    ]


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
        )
    ]
