"""The load: petitions as every actor would send them, encoded before the clock starts.

A petition's number has no gaps, so it is known beforehand; so is the unit that routing will choose, and who reviews.
What a petition meets depends on its number alone, never on the order in which two of them are taken in.
"""

import base64
import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from joserfc.jwk import OKPKey
from xinfang_contracts.district import Channel, District, OfficeKind, Unit, UnitKind
from xinfang_contracts.intake import (
    Acceptance,
    CaseTraits,
    Filing,
    Referral,
    Refusal,
    ScreenPetition,
    SubmitPetition,
)
from xinfang_contracts.message import Category, Form, Message, Rank
from xinfang_contracts.registry import BY_TYPE, Entry
from xinfang_contracts.review import GiveOpinion, Outcome, ReportSubmitted, SubmitReport

from services.review.chain import reviewers
from services.review.decide import submit_report
from services.review.facts import Facts
from services.review.signing.enrolling import PersonKey
from services.review.signing.pen import Pen
from services.review.state import Awaiting, Handled
from services.runtime import keys
from services.runtime.clock import ZONE
from services.runtime.credentials import User

from .wire import Command, encode_all

SLICE = 250
"""Commands of one actor in one write, at most."""

SHARES = {"accept": 22, "refer": 33, "decline": 25, "keep_on_file": 20}
"""Of a hundred petitions, as the ledgers of a district's year have them."""

WORDS = (
    "村里道路硬化工程招标结果公示村务资金来源支出明细村民查看账目答复惠民补贴发放名单实际情况不符核查处理低保户口危房"
    "改造占用耕地水塘承包合同租金集体分红账本会计支书主任组长亲戚招工工资拖欠垃圾清运路灯安装水渠维修学校食堂医疗报销"
    "养老认证社区物业停车违建举报反映去年今年三月国庆前后多次一直没有从未据说听说亲眼看见收据照片证明会议记录表决签字"
    "代领冒领"
)
"""Made up, two characters each; drawn anew for each petition, as no two letters are alike."""
CHARACTERS = 600

_SUBMIT = BY_TYPE["intake.submit_petition.v1"]
_SCREEN = BY_TYPE["intake.screen_petition.v1"]
_REPORT = BY_TYPE["review.submit_report.v1"]
_OPINION = BY_TYPE["review.give_opinion.v1"]


def text_of(serial: int) -> str:
    """A petition's text, of the length of a real one."""
    pairs = [WORDS[place : place + 2] for place in range(0, len(WORDS), 2)]
    words = random.Random(serial).choices(pairs, k=CHARACTERS // 2)
    sentences = ("".join(words[place : place + 9]) for place in range(0, len(words), 9))
    return f"第{serial}件。{'，'.join(sentences)}"[:CHARACTERS]


@dataclass
class Stage:
    """Commands that may be sent together. ``writes``: actor, bytes on the wire, and how many commands they are."""

    commands: dict[str, list[Command]] = field(default_factory=lambda: defaultdict(list))
    writes: list[tuple[str, bytes, int]] = field(default_factory=list)
    size: int = 0

    def __len__(self) -> int:
        return self.size

    def encode(self) -> None:
        """Make the bytes, and forget what they were made of."""
        for actor, commands in self.commands.items():
            self.size += len(commands)
            for start in range(0, len(commands), SLICE):
                part = commands[start : start + SLICE]
                self.writes.append((actor, encode_all(part), len(part)))
        self.commands.clear()


@dataclass
class Chunk:
    """Petitions that go through the stages together. ``opinions``: a stage for each step of the chain."""

    first: int
    size: int
    accepted: int = 0
    submit: Stage = field(default_factory=Stage)
    screen: Stage = field(default_factory=Stage)
    report: Stage = field(default_factory=Stage)
    opinions: list[Stage] = field(default_factory=list)


@dataclass
class Load:
    """All of it. ``facts`` and ``notices``: how many of each there must be at the end, by subject."""

    district: District
    partner: str
    chunks: list[Chunk] = field(default_factory=list)
    facts: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)

    @property
    def petitions(self) -> int:
        """How many there are."""
        return sum(chunk.size for chunk in self.chunks)

    def actors(self) -> set[str]:
        """Who sends."""
        stages = [s for c in self.chunks for s in (c.submit, c.screen, c.report, *c.opinions)]
        return {self.partner, *(actor for stage in stages for actor, _, _ in stage.writes)}


class Writer:
    """Writes the commands of one district, and counts what they must lead to."""

    def __init__(self, district: District, key: OKPKey) -> None:
        self.district = district
        self.year = datetime.now(UTC).astimezone(ZONE).year
        self.channel = next(channel for channel in district.channels if channel.partner)
        self.petition_office = district.office_of_kind(OfficeKind.PETITION)[0].code
        self._managers = [office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
        self._key = key
        self._towns = [town.code for town in district.towns]
        self._units = [unit for unit in district.units if unit.kind is not UnitKind.ORGAN]
        self._organ = [unit for unit in district.units if unit.kind is UnitKind.ORGAN]
        decisions = [kind for kind, share in SHARES.items() for _ in range(share)]
        random.Random(2023).shuffle(decisions)
        self._decisions = decisions
        self.load = Load(district, str(self.channel.partner))
        signing = [one.code for group in (district.offices, district.leaders) for one in group]
        self._pens = {actor: Pen.new(f"p{place:04d}") for place, actor in enumerate(signing, 1)}

    def enrolled(self) -> list[PersonKey]:
        """The keys of all who will sign, as they stand after their enrolment."""
        now = datetime.now(UTC)
        found = []
        for actor, pen in self._pens.items():
            since, offer = {f"{self.district.code}.{actor}": now}, pen.offer()
            key = PersonKey(key=pen.key, person=pen.person, sign=offer.sign, read=offer.read, offered=since)
            found.append(key.model_copy(update={"enrolled": since}))
        return found

    def write(self, petitions: int, size: int, progress: Callable[[int], None]) -> Load:
        """So many petitions in chunks of ``size``; ``progress`` is told after each chunk."""
        for first in range(1, petitions + 1, size):
            chunk = Chunk(first, min(size, petitions + 1 - first))
            for serial in range(first, first + chunk.size):
                self._petition(chunk, serial)
            for stage in (chunk.submit, chunk.screen, chunk.report, *chunk.opinions):
                stage.encode()
            self.load.chunks.append(chunk)
            progress(chunk.size)
        return self.load

    def submission(self, serial: int) -> tuple[str, Command]:
        """Id and command of one submission."""
        return self._command(_SUBMIT, str(self.channel.partner), self._submit(self.channel, serial), f"s{serial}")

    def _petition(self, chunk: Chunk, serial: int) -> None:
        number = f"{self.district.code}-{self.year}-{serial:06d}"
        _, command = self.submission(serial)
        chunk.submit.commands[self.load.partner].append(command)
        self._fact("intake.petition_registered.v1", self.load.partner, self.petition_office)
        kind = self._decisions[serial % len(self._decisions)]
        screen = ScreenPetition(petition=number, decision=self._decision(kind, serial))
        self._send(chunk.screen, _SCREEN, self.petition_office, screen, f"d{serial}")
        self._fact(f"intake.petition_{_PAST[kind]}.v1", self.petition_office)
        if isinstance(screen.decision, Acceptance):
            chunk.accepted += 1
            if screen.decision.first_time:
                self._notice("intake.petition_accepted.v1", *self._supervisors(serial), *self._managers)
            if screen.decision.real_name and screen.decision.first_time:
                self._fact("intake.notice_due.v1")
            self._case(chunk, number, serial)
            if screen.decision.real_name:
                self._fact("intake.notice_due.v1", self.petition_office, self._unit(serial).code)

    def _decision(self, kind: str, serial: int) -> Acceptance | Referral | Refusal | Filing:
        match kind:
            case "accept":
                own = self._is_own(serial)
                return Acceptance(
                    category=list(Category)[serial % len(Category)],
                    rank=Rank.TOWNSHIP if own else (Rank.STAFF, Rank.VILLAGE_OR_OTHER)[serial % 2],
                    responsible_unit=None if own else self._unit(serial).code,
                    real_name=serial % 10 < 7,
                    first_time=self._is_first(serial),
                )
            case "refer":
                receivers = self.district.receivers
                return Referral(receiver=receivers[serial % len(receivers)].code, basis="规则13(1)")
            case "decline":
                return Refusal(ground="no_substance", basis="规则13(3)")
            case _:
                return Filing(basis="规则14")

    def _case(self, chunk: Chunk, number: str, serial: int) -> None:
        """An accepted petition to its conclusion: one version, agreed to by all."""
        unit = self._unit(serial)
        self._fact("routing.case_assigned.v1", unit.code)
        if not self._is_first(serial) and "repeat" in self.district.pressing.leader_led:
            self._fact("routing.leader_named.v1", self._lead(unit), unit.code)
        report = SubmitReport(petition=number, version=1, outcome=list(Outcome)[serial % 4], recovered_yuan=serial % 3)
        self._send(chunk.report, _REPORT, unit.code, report, f"r{serial}")
        steps = reviewers(self.district, unit, [])
        self._fact("review.report_submitted.v1", unit.code, *steps[0])
        opinion, told = GiveOpinion(petition=number, version=1), self._told(report, unit)
        for place, step in enumerate(steps):
            if place == len(chunk.opinions):
                chunk.opinions.append(Stage())
            for actor in step:
                signed = self._pens[actor].signed(opinion, self.district.code, actor, told)
                self._send(chunk.opinions[place], _OPINION, actor, signed, f"o{serial}")
                self._fact("review.opinion_given.v1", actor)
            if place + 1 < len(steps):
                self._notice("review.opinion_given.v1", *steps[place + 1])
        self._fact("review.case_concluded.v1", unit.code, self.petition_office)

    def _told(self, report: SubmitReport, unit: Unit) -> dict[str, Any]:
        """What the reviewers will be told of a first report: it does not depend on who is tied or what is counted."""
        traits = CaseTraits(
            channel=self.channel.code,
            form=Form.NET,
            received_on=date(self.year, 1, 1),
            accepted_on=date(self.year, 1, 1),
            category=Category.OTHER,
            rank=Rank.STAFF,
            real_name=False,
            first_time=True,
        )
        awaiting = Awaiting(case=Handled(traits=traits, unit=unit.code, zone=None, excluded=[]), version=1)
        outputs = submit_report(awaiting, report, Facts(self.district, unit.code), now=datetime.now(UTC))
        told = next(one for one in outputs if isinstance(one, ReportSubmitted))
        return told.model_dump(mode="json", exclude_none=True)

    def _is_own(self, serial: int) -> bool:
        return serial // len(self._decisions) % 8 == 0

    def _is_first(self, serial: int) -> bool:
        """A repeat is of a town's or stationed office's: who owns one of the organ's own depends on all the others."""
        return serial % 7 != 0 or self._is_own(serial)

    def _lead(self, unit: Unit) -> str:
        zone = self.district.zone_of(unit)
        if zone is None:
            raise ValueError(f"{unit.code} is in no zone")
        return zone.lead

    def _supervisors(self, serial: int) -> list[str]:
        """Who is told of a first acceptance: the office linked to the responsible unit, or all of them."""
        linked = None if self._is_own(serial) else self._unit(serial).linked_office
        offices = self.district.office_of_kind(OfficeKind.SUPERVISION)
        return [linked] if linked is not None else [office.code for office in offices]

    def _unit(self, serial: int) -> Unit:
        """As routing chooses: by rank the organ's own, spread by serial; else the responsible one."""
        units = self._organ if self._is_own(serial) else self._units
        return units[serial % len(units)]

    def _submit(self, channel: Channel, serial: int) -> SubmitPetition:
        content = {
            "text": text_of(serial),
            "accused": [{"organisation": f"示例单位{serial % 97}", "post": "工作人员", "rank": "staff"}],
            "reporter": {"name": f"示例举报人{serial}", "contact": f"示例联系方式{serial}"},
            "village": self._towns[serial % len(self._towns)],
        }
        sealed = keys.seal(json.dumps(content, ensure_ascii=False).encode(), self._key)
        return SubmitPetition.model_construct(channel=channel.code, content=sealed)

    def _send(self, stage: Stage, entry: Entry, actor: str, message: Message, name: str) -> None:
        stage.commands[actor].append(self._command(entry, actor, message, name)[1])

    def _command(self, entry: Entry, actor: str, message: Message, name: str) -> tuple[str, Command]:
        message_id = f"{name}-{_unique()}"
        headers = {
            "ce-specversion": "1.0",
            "ce-id": message_id,
            "ce-type": entry.type,
            "ce-source": f"{self.district.code}/{actor}",
            "content-type": "application/json",
            "Nats-Msg-Id": f"{self.district.code}.{actor}/{message_id}",
        }
        body = message.model_dump_json(exclude_none=True).encode()
        subject = entry.subject(self.district.code, actor)
        return message_id, Command(subject, inbox_of(self.district.code, actor), headers, body)

    def _fact(self, type_: str, *told: str) -> None:
        self.load.facts[BY_TYPE[type_].subject(self.district.code)] += 1
        self._notice(type_, *told)

    def _notice(self, type_: str, *told: str) -> None:
        for actor in told:
            self.load.notices[BY_TYPE[type_].notice_subject(self.district.code, actor)] += 1


_PAST = {"accept": "accepted", "refer": "referred", "decline": "declined", "keep_on_file": "kept_on_file"}


def inbox_of(district: str, actor: str) -> str:
    """The one inbox prefix that an actor's credential may listen to."""
    return User(f"{district}.{actor}").inbox


def _unique() -> str:
    return base64.b32encode(os.urandom(10)).decode().lower()
