"""A district as data: places, units, offices, leaders, channels, clocks, chains.

Nothing about any one district stands in code; ``deploy/districts/*.yaml`` says it all. The cross-checks here
refuse a file in which anything is named that does not exist.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .guidance import WorkForm
from .message import ActorCode, Article, Category, Code, DistrictCode, Form, PlaceCode, Rank, SkipLevel
from .subclasses import SUB_CLASSES

Name = Annotated[str, Field(min_length=1, max_length=60)]
LONGEST_IN_MONTHS = 36


class Part(BaseModel):
    """A piece of a district file: a misspelt key is an error, not an addition."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Village(Part):
    """A village or community (村、社区)."""

    code: PlaceCode
    name: Name


class Town(Part):
    """A town or sub-district (镇、街道) with its villages."""

    code: PlaceCode
    name: Name
    villages: list[Village] = []


class Zone(Part):
    """A zone (片区) of some towns under one deputy secretary."""

    code: Code
    name: Name
    lead: ActorCode
    towns: list[PlaceCode]


class UnitKind(StrEnum):
    """镇(街道)纪(工)委、派驻机构、委机关内设室."""

    TOWN = "town"
    STATIONED = "stationed"
    ORGAN = "organ"


class Unit(Part):
    """A handling unit (承办单位)."""

    code: ActorCode
    name: Name
    kind: UnitKind
    town: PlaceCode | None = None
    zone: Code | None = None
    linked_office: Annotated[ActorCode | None, Field(description="联系纪检监察室 of this unit")] = None


class OfficeKind(StrEnum):
    """信访室、纪检监察室、案件审理室、案管室."""

    PETITION = "petition"
    SUPERVISION = "supervision"
    TRIAL = "trial"
    CASE_MANAGEMENT = "case_management"


class Office(Part):
    """An office of the organ."""

    code: ActorCode
    name: Name
    kind: OfficeKind


class LeaderRole(StrEnum):
    """主要负责同志、分管副书记、协管班子成员."""

    PRINCIPAL = "principal"
    DEPUTY_SECRETARY = "deputy_secretary"
    ASSISTING_MEMBER = "assisting_member"


class Leader(Part):
    """A member of the leadership.

    names: how petitions name them, to recognise 规则15 items in memory; posts: what follows one of the organ's names
    in a form of address (区纪委 and then 书记).
    """

    code: ActorCode
    title: Name
    role: LeaderRole
    names: list[Name] = []
    posts: list[Name] = []
    offices: Annotated[list[ActorCode], Field(description="offices this member assists with")] = []
    former: Annotated[
        list[ActorCode], Field(description="units where this member held a post: tied to what is about them")
    ] = []


class Channel(Part):
    """One named way in, under one of the five statutory forms."""

    code: Code
    name: Name
    form: Form
    partner: Annotated[ActorCode | None, Field(description="the partner system that alone may use it")] = None
    adapter: Annotated[
        Literal["wechat", "hotline"] | None, Field(description="the door of its own through which it comes in")
    ] = None


class Partner(Part):
    """Another system: one that sends petitions, or another organ's, which answers referrals and tells results."""

    code: ActorCode
    name: Name
    kind: Literal["sender", "organ", "court", "police", "procuratorate"] = "sender"


class Superior(Part):
    """A higher organ. Its public key is deployment data, beside the file, not in it."""

    code: ActorCode
    name: Name
    level: Literal["prefecture", "province", "centre"]


class Receiver(Part):
    """Another organ to which what is out of remit is referred. ``partner``: its system, where it has one."""

    code: Code
    name: Name
    partner: ActorCode | None = None


class Colour(StrEnum):
    """Three colours of warning, from mild to grave (三色预警)."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


ClockUnit = Literal["working_day", "calendar_day", "month"]
WarnedRef = Literal["unit", "case_management", "zone_lead", "assisting_member", "principal"]


class Span(Part):
    """So many working days, calendar days or months."""

    length: Annotated[int, Field(ge=1, le=400)]
    unit: ClockUnit


class Warned(Part):
    """A warning: so long before the end of the clock's last day, and who is told."""

    colour: Colour
    before: Span
    told: Annotated[list[WarnedRef], Field(min_length=1)]


class Extension(Span):
    """How a clock may be extended: by so much at most, so many times, by whoever of that role is not excluded."""

    times: Annotated[int, Field(ge=1, le=10)] = 1
    approver: LeaderRole


class Clock(Span):
    """A legal clock as data, with the article it rests on. ``suspends``: it may be suspended, as 条例36 has it."""

    basis: Article
    setting: Annotated[bool, Field(description="true where no source gives the value")] = False
    extension: Annotated[Extension | None, Field(description="left out, it is not extended")] = None
    suspends: bool = False
    warnings: list[Warned] = []


class Days(Part):
    """A day, or all days from ``first`` to ``last``."""

    first: date
    last: date | None = None

    def each(self) -> Iterator[date]:
        """Every day of it."""
        last = self.last or self.first
        return (self.first + timedelta(days=n) for n in range((last - self.first).days + 1))


class Calendar(Part):
    """Corrections to the official calendar that comes with the software (国务院办公厅节假日安排).

    whole_years: years whose arrangement stands here whole, so that nothing else is asked; warn_from: the month from
    which a next year without any arrangement is warned of.
    """

    holidays: list[Days] = []
    working_days: Annotated[list[Days], Field(description="made-up days (调休上班)")] = []
    whole_years: list[Annotated[int, Field(ge=2000, le=2200)]] = []
    warn_from: Annotated[int, Field(ge=1, le=12)] = 10

    @cached_property
    def corrected(self) -> dict[date, bool]:
        """Each corrected day -> whether it is worked."""
        off = {day: False for days in self.holidays for day in days.each()}
        return off | {day: True for days in self.working_days for day in days.each()}

    @cached_property
    def digest(self) -> str:
        """Of all that says which days are worked: two calendars with one digest count alike."""
        days = ",".join(f"{day}:{worked:d}" for day, worked in sorted(self.corrected.items()))
        text = f"{days};{sorted(set(self.whole_years))}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]


class ReviewerRef(StrEnum):
    """How a chain names a reviewer; who that is depends on the case."""

    LINKED_OFFICE = "linked_office"
    PETITION_OFFICE = "petition_office"
    TRIAL_OFFICE = "trial_office"
    CASE_MANAGEMENT_OFFICE = "case_management_office"
    ASSISTING_MEMBER = "assisting_member"
    ZONE_LEAD = "zone_lead"
    DEPUTY_SECRETARY = "deputy_secretary"
    PRINCIPAL = "principal"


class Chain(Part):
    """Steps one after another; inside a step everybody side by side."""

    code: Code
    name: Name
    joint: Annotated[bool, Field(description="counts as 联审阅访 when concluded")]
    applies_to: list[UnitKind]
    steps: Annotated[list[Annotated[list[ReviewerRef], Field(min_length=1)]], Field(min_length=1)]


class DifficultyRule(Part):
    """What makes a case difficult: a declared fact, from which value on or among which, and how much it weighs.

    people and amount_yuan are compared with ``at_least``; category and rank, and skip_level if only some count, with
    ``among``; urgent, repeat and skip_level weigh by being there.
    """

    code: Code
    fact: Literal["people", "amount_yuan", "urgent", "repeat", "skip_level", "category", "rank"]
    at_least: Annotated[int | None, Field(ge=1)] = None
    among: Annotated[list[Code], Field(description="values of the fact")] = []
    points: Annotated[int, Field(ge=1, le=100)]


GradedMode = Literal["zone_assisted", "crossed", "take_up"]


class Handling(Part):
    """Who handles what: ranks that the organ's own offices take, and the clock of a case.

    difficulty: what is added up; grades: from how many points on which mode is taken, the highest reached; left out, no
    case is difficult. objection_clock: within which a unit may object (条例23); left out, none can. bounces: how many
    objections lead to another unit, before the superior decides; superior_clock: within which it is to.
    """

    own_ranks: list[Rank] = []
    clock: Code
    difficulty: list[DifficultyRule] = []
    grades: dict[GradedMode, Annotated[int, Field(ge=1)]] = {}
    objection_clock: Code | None = None
    bounces: Annotated[int, Field(ge=0, le=20)] = 2
    superior_clock: Code | None = None
    assigned_clock: Annotated[
        Code | None, Field(description="the clock of what a superior has assigned (规则21); left out, as any other")
    ] = None


class Statistics(Part):
    """How figures are counted. ``month_ends_on``: the last day of a business month (业务月); None: the calendar's."""

    month_ends_on: Annotated[int | None, Field(ge=1, le=28)] = None


class Retention(Part):
    """How long the vault keeps a petition after its decision or conclusion, or after it went to a superior; which two
    together may erase it.

    ``approvers`` left empty: the principal and the case-management office; without such an office, the leaders.
    """

    months: Annotated[int, Field(ge=1, le=400)]
    setting: Annotated[bool, Field(description="true where no source gives the value")] = False
    approvers: Annotated[list[ActorCode], Field(description="offices and leaders, at least two")] = []


class Notices(Part):
    """What notices to reporters say of the organ. ``ask``: where to ask, in words that do not name the organ.

    return_address: what stands as the sender on an envelope; left out, none does.
    """

    ask: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    return_address: Annotated[str | None, Field(min_length=1, max_length=100)] = None


class Remit(Part):
    """Whose cadres are a higher level's (干部管理权限): these petitions are sealed upward (规则15).

    posts: forms of address of such cadres, for petitions that give no rank; clock: within which the principal reports
    up; transfer_clock: within which what a superior hands down is screened, and what is transferred down is taken
    (规则16); referral_clock: after which a referral's answer is asked for, ``referral_reminders`` times at most.
    auto: what a rule may decide alone, where nothing speaks against it; everything else waits for a clerk.
    return_approvers: who agrees to a return to the petition office (规则17), the first role that somebody free holds.
    """

    higher_ranks: list[Rank]
    posts: list[Name] = []
    clock: Code
    transfer_clock: Code
    superior: ActorCode
    basis: Article
    referral_clock: Code | None = None
    referral_reminders: Annotated[int, Field(ge=1, le=100)] = 3
    auto: list[Literal["lower", "other_organ", "courts"]] = []
    return_approvers: list[LeaderRole] = [LeaderRole.ASSISTING_MEMBER, LeaderRole.DEPUTY_SECRETARY]


class TermGroup(Part):
    """Words that point one way. ``code`` is the reason that a proposal gives; the words themselves are never told.

    At most one of: a category, with or without a sub-class; whose remit it is when not a discipline organ's; the
    accused's rank. A group with none of them tells of a concrete doing all the same.
    """

    code: Code
    words: Annotated[list[Name], Field(min_length=1)]
    category: Category | None = None
    sub_class: Code | None = None
    remit: Literal["courts", "other_organ"] | None = None
    rank: Rank | None = None


class Screening(Part):
    """What the screening rules go by.

    terms: the groups, in the order in which they are preferred; signatures: what stands where a name would and is
    none; receivers: of a group of another organ's remit, to whom it is referred; lower_ranks: accused of these ranks
    are a lower organ's to handle (规则16).
    """

    terms: list[TermGroup] = []
    signatures: list[Name] = []
    receivers: dict[Code, Code] = {}
    lower_ranks: list[Rank] = []


class RealName(Part):
    """Whether an acceptance under a real name needs the recorded verification (规则25, 30) or goes without."""

    verification: Literal["required", "recorded"] = "recorded"


class Work(Part):
    """A guidance work (宣传作品), by its published title.

    receivers, grounds: whoever is sent to these organs, or declined on these grounds, is told of it.
    """

    code: Code
    name: Name
    form: WorkForm
    receivers: list[Code] = []
    grounds: list[Literal["litigation", "other_organ", "no_substance"]] = []


class OutreachChoice(Part):
    """How villages are chosen for outreach: what a village with fewer items than ``smallest_count`` has is not told."""

    smallest_count: Annotated[int, Field(ge=2, le=1_000)] = 5
    setting: Annotated[bool, Field(description="true where no source gives the value")] = True


class Recommendation(Part):
    """When a recommendation to a unit is proposed (规则34): so many confirmed petitions on it within the months."""

    confirmed: Annotated[int, Field(ge=2, le=1_000)]
    months: Annotated[int, Field(ge=1, le=LONGEST_IN_MONTHS)]
    setting: Annotated[bool, Field(description="true where no source gives the value")] = True


LedBy = Literal["repeat", "skip_level", "from_above", "urgent"]


class Pressing(Part):
    """包案、督办: which cases a member of the leadership owns from the start, and the clock of a supervision letter.

    letter_clock left out: a letter's answer has no day.
    """

    leader_led: list[LedBy] = ["repeat", "skip_level"]
    letter_clock: Code | None = None


class SettlementWindow(Part):
    """息访: after so many months without the reporter's return a concluded case lapses. No source gives them."""

    months: Annotated[int, Field(ge=1, le=LONGEST_IN_MONTHS)]
    setting: Annotated[bool, Field(description="true where no source gives the value")] = True


FollowedUp = Literal["every", "repeat", "leader_led", "from_above", "unfounded", "not_provable"]


class FollowUpPlan(Part):
    """跟踪回访: of which cases the reporter is visited, when first after the conclusion, how often, and how far apart.

    Only whoever gave a verified name can be visited, and nobody who has declined.
    """

    cases: Annotated[list[FollowedUp], Field(min_length=1)]
    first: Span
    every: Annotated[Span | None, Field(description="left out, there is one visit")] = None
    times: Annotated[int, Field(ge=1, le=24)] = 1
    setting: Annotated[bool, Field(description="true where no source gives the value")] = True

    @model_validator(mode="after")
    def _are_apart(self) -> Self:
        if self.times > 1 and self.every is None:
            raise ValueError("缺少 every: 每次相隔多久 / every is missing: how far apart they are")
        return self


class RefusalGround(Part):
    """On what a clarification may be refused at its assessment."""

    code: Code
    name: Name


class Clarifying(Part):
    """澄清正名: the clock from approval to its being made; whether the trial office checks the facts before.

    refusals: on what it may be refused without the principal; none listed, only the principal can.
    """

    clock: Code
    checked_by_trial: bool = True
    refusals: list[RefusalGround] = []
    setting: Annotated[bool, Field(description="true where no source gives a value")] = True


class ChecklistItem(Part):
    """What a file is looked through for, and how many of a hundred points can be lost on it."""

    code: Code
    name: Name
    most: Annotated[int, Field(ge=1, le=100)]


ReturnedFor = Literal[
    "facts_unclear", "evidence_lacking", "character_wrong", "procedure_wrong", "material_missing", "other"
]


class QualityReview(Part):
    """质量评查: how many of the cases concluded in a period are sampled, and what makes a file excellent."""

    share_percent: Annotated[int, Field(ge=1, le=100)]
    at_least: Annotated[int, Field(ge=1, le=10_000)] = 1
    checklist: Annotated[list[ChecklistItem], Field(min_length=1)]
    excellent_from: Annotated[int, Field(ge=1, le=100)]
    setting: Annotated[bool, Field(description="true where no source gives a value")] = True


class Reviewing(Part):
    """Joint review and sign-off, and what follows.

    signatures: whether an opinion needs its person's own signature, or one that is there is checked and kept.
    office_clock, leader_clock, principal_clock: within which each speaks whose turn it is; the principal's left out, it
    is the leaders'; an office or leader without one is asked without a day. reminders: how often lateness is said.
    settlement_window: left out, no case lapses; follow_up: left out, visits are planned by command only.
    """

    signatures: Literal["required", "recorded"] = "recorded"
    office_clock: Code | None = None
    leader_clock: Code | None = None
    principal_clock: Code | None = None
    reminders: Annotated[int, Field(ge=1, le=100)] = 3
    settlement_window: SettlementWindow | None = None
    follow_up: FollowUpPlan | None = None
    clarification: Annotated[Clarifying | None, Field(description="left out, none can be made")] = None
    quality: Annotated[QualityReview | None, Field(description="left out, no sample is drawn")] = None
    faults: Annotated[list[ReturnedFor], Field(description="returned for these, a case is not 优质办结")] = [
        "facts_unclear",
        "evidence_lacking",
        "character_wrong",
        "material_missing",
    ]


_REFERENCES = (
    ("zones.*.lead", "leaders.*.code"),
    ("zones.*.towns.*", "towns.*.code"),
    ("units.*.town", "towns.*.code"),
    ("units.*.zone", "zones.*.code"),
    ("units.*.linked_office", "offices.*.code"),
    ("leaders.*.offices.*", "offices.*.code"),
    ("channels.*.partner", "partners.*.code"),
    ("receivers.*.partner", "partners.*.code"),
    ("works.*.receivers.*", "receivers.*.code"),
    ("handling.clock", "clocks.*"),
    ("handling.objection_clock", "clocks.*"),
    ("handling.superior_clock", "clocks.*"),
    ("leaders.*.former.*", "units.*.code"),
    ("handling.assigned_clock", "clocks.*"),
    ("remit.superior", "superiors.*.code"),
    ("remit.clock", "clocks.*"),
    ("remit.transfer_clock", "clocks.*"),
    ("remit.referral_clock", "clocks.*"),
    ("pressing.letter_clock", "clocks.*"),
    ("review.office_clock", "clocks.*"),
    ("review.leader_clock", "clocks.*"),
    ("review.principal_clock", "clocks.*"),
    ("review.clarification.clock", "clocks.*"),
)
_ACTORS = ("offices.*.code", "leaders.*.code", "units.*.code", "partners.*.code", "superiors.*.code")
_UNIQUE = (
    _ACTORS,
    ("towns.*.code",),
    ("towns.*.villages.*.code",),
    ("zones.*.code",),
    ("zones.*.towns.*",),
    ("channels.*.code",),
    ("channels.*.name",),  # ledgers name a channel by its name
    ("receivers.*.code",),
    ("works.*.code",),
    ("chains.*.code",),
    ("chains.*.applies_to.*",),
    ("retention.approvers.*",),
    ("screening.terms.*.code",),
    ("handling.difficulty.*.code",),
    ("pressing.leader_led.*",),
    ("review.clarification.refusals.*.code",),
    ("review.quality.checklist.*.code",),
    ("review.faults.*",),
)
_DIGITS = {"towns.*.code": (9, "九"), "towns.*.villages.*.code": (12, "十二")}
_HELD_BY: dict[str, OfficeKind | LeaderRole] = {
    ReviewerRef.TRIAL_OFFICE: OfficeKind.TRIAL,
    ReviewerRef.CASE_MANAGEMENT_OFFICE: OfficeKind.CASE_MANAGEMENT,
    ReviewerRef.ASSISTING_MEMBER: LeaderRole.ASSISTING_MEMBER,
    ReviewerRef.DEPUTY_SECRETARY: LeaderRole.DEPUTY_SECRETARY,
}
_FORM_OF_ADAPTER = {"wechat": Form.NET, "hotline": Form.CALL}


def _found(value: Any, pattern: str, path: str = "") -> Iterator[tuple[str, str]]:
    """Every string that a pattern such as ``units.*.town`` reaches, with its path (``units[3].town``)."""
    step, _, rest = pattern.partition(".")
    if not step:
        yield path.removeprefix("."), value
    elif step == "*":
        for i, item in enumerate(value):
            yield from _found(item, rest, f"{path}[{i}]")
    elif getattr(value, step) is not None:
        yield from _found(getattr(value, step), rest, f"{path}.{step}")


def _doubles(found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    first: dict[str, str] = {}
    for path, code in found:
        if first.setdefault(code, path) != path:
            yield path, f"{code} 重复 / stands twice, first at {first[code]}"


class District(Part):
    """One district, whole.

    Raises ValueError (inside pydantic's ValidationError) with a line for each fault, which begins with the
    path of the wrong value: ``units[3].town: 990001999 不存在 / does not exist in this file``.
    """

    code: DistrictCode
    name: Name
    organ: Name
    organ_names: Annotated[list[Name], Field(description="what else petitions call the organ")] = []
    towns: Annotated[list[Town], Field(min_length=1)]
    zones: Annotated[list[Zone], Field(min_length=1)]
    units: Annotated[list[Unit], Field(min_length=1)]
    offices: Annotated[list[Office], Field(min_length=1)]
    leaders: Annotated[list[Leader], Field(min_length=1)]
    channels: Annotated[list[Channel], Field(min_length=1)]
    partners: list[Partner] = []
    superiors: Annotated[list[Superior], Field(min_length=1)]
    receivers: list[Receiver] = []
    clocks: dict[Code, Clock]
    calendar: Calendar = Calendar()
    chains: Annotated[list[Chain], Field(min_length=1)]
    handling: Handling
    remit: Remit
    retention: Retention | None = None
    statistics: Statistics = Statistics()
    screening: Screening = Screening()
    real_name: RealName = RealName()
    works: list[Work] = []
    outreach: OutreachChoice = OutreachChoice()
    notices: Notices | None = None
    recommendation: Annotated[Recommendation | None, Field(description="left out, none is ever proposed")] = None
    pressing: Pressing = Pressing()
    review: Reviewing = Reviewing()

    @cached_property
    def revision(self) -> str:
        """SHA-256 over the canonical JSON: two services with one revision have read the same district."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def __hash__(self) -> int:
        """By its revision, so that what follows from a district alone can be remembered."""
        return hash(self.revision)

    @cached_property
    def _offices_by_kind(self) -> dict[OfficeKind, list[Office]]:
        return {kind: [one for one in self.offices if one.kind is kind] for kind in OfficeKind}

    @cached_property
    def _units_by_town(self) -> dict[str, list[Unit]]:
        towns = {unit.town for unit in self.units if unit.town is not None}
        return {town: [unit for unit in self.units if unit.town == town] for town in towns}

    @cached_property
    def _units_by_code(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @cached_property
    def _channels_by_code(self) -> dict[str, Channel]:
        return {channel.code: channel for channel in self.channels}

    @cached_property
    def _zones_by_code(self) -> dict[str, Zone]:
        return {zone.code: zone for zone in self.zones}

    @cached_property
    def _zones_by_town(self) -> dict[str, Zone]:
        return {town: zone for zone in self.zones for town in zone.towns}

    @cached_property
    def _towns_by_place(self) -> dict[str, str]:
        villages = {village.code: town.code for town in self.towns for village in town.villages}
        return villages | {town.code: town.code for town in self.towns}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy that builds its own indexes: pydantic's would go on answering from the old district."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(copied).model_fields.keys():
            del copied.__dict__[name]
        return copied

    def actors(self) -> list[str]:
        """Every code that may speak or be told, in file order."""
        return [code for pattern in _ACTORS for _, code in _found(self, pattern)]

    def unit(self, code: str) -> Unit | None:
        """The unit of that code."""
        return self._units_by_code.get(code)

    def units_of_town(self, town: str | None) -> list[Unit]:
        """Units that a town has, in file order."""
        return [] if town is None else self._units_by_town.get(town, [])

    def channel(self, code: str) -> Channel | None:
        """The channel of that code."""
        return self._channels_by_code.get(code)

    def work(self, code: str) -> Work | None:
        """The guidance work of that code."""
        return next((work for work in self.works if work.code == code), None)

    def is_village(self, code: str) -> bool:
        """Whether it is a village of the district, and no town."""
        return self._towns_by_place.get(code, code) != code

    def zone_of(self, unit: Unit) -> Zone | None:
        """The zone that a unit belongs to: its own, else its town's."""
        if unit.zone is not None:
            return self._zones_by_code.get(unit.zone)
        return None if unit.town is None else self._zones_by_town.get(unit.town)

    def town_of(self, village: str | None) -> str | None:
        """The town of a village (or the town itself, if its code is given)."""
        return None if village is None else self._towns_by_place.get(village)

    def formerly_of(self, unit: str | None) -> list[str]:
        """Leaders who once held a post in that unit: tied to whatever is about it."""
        return [leader.code for leader in self.leaders if unit is not None and unit in leader.former]

    def office_of_kind(self, kind: OfficeKind) -> list[Office]:
        """Offices of that kind, in file order."""
        return list(self._offices_by_kind[kind])

    def leaders_of(self, role: LeaderRole) -> list[Leader]:
        """Leaders with that role, in file order."""
        return [leader for leader in self.leaders if leader.role is role]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        checks = (
            self._wrong_codes(),
            self._wrong_people(),
            self._wrong_approvers(),
            self._wrong_values(),
            self._wrong_difficulty(),
            self._wrong_clocks(),
            self._wrong_days(),
            self._wrong_chains(),
            self._wrong_screening(),
        )
        faults = [f"{path}: {reason}" for check in checks for path, reason in check]
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _wrong_codes(self) -> Iterator[tuple[str, str]]:
        for pattern, among in _REFERENCES:
            known = {code for _, code in _found(self, among)}
            for path, code in _found(self, pattern):
                if code not in known:
                    yield path, f"{code} 不存在 / does not exist in this file"
        for patterns in _UNIQUE:
            yield from _doubles(one for pattern in patterns for one in _found(self, pattern))
        for pattern in _ACTORS:
            kind = pattern.removesuffix("s.*.code")
            for path, code in _found(self, pattern):
                if code.partition("_")[0] != kind:
                    yield path, f"{code} 应以 {kind}_ 开头 / must begin with {kind}_"
        for pattern, (digits, chinese) in _DIGITS.items():
            for path, code in _found(self, pattern):
                if len(code) != digits:
                    yield path, f"{code} 应为{chinese}位 / must have {digits} digits"

    def _wrong_people(self) -> Iterator[tuple[str, str]]:
        if not self.office_of_kind(OfficeKind.PETITION):
            yield "offices", "没有信访室 / no office of kind petition"
        if len(self.leaders_of(LeaderRole.PRINCIPAL)) != 1:
            yield "leaders", "主要负责同志应有且只有一名 / there must be exactly one principal"
        others = {office.code for office in self.offices if office.kind is not OfficeKind.SUPERVISION}
        for i, unit in enumerate(self.units):
            if unit.linked_office in others:
                yield f"units[{i}].linked_office", "不是纪检监察室 / is not an office of kind supervision"
            if unit.kind is UnitKind.TOWN and unit.town is None:
                yield f"units[{i}].town", "缺少所在镇街 / a town's unit must name its town"

    def _wrong_approvers(self) -> Iterator[tuple[str, str]]:
        given = self.retention.approvers if self.retention else []
        known = {office.code for office in self.offices} | {leader.code for leader in self.leaders}
        for i, code in enumerate(given):
            if code not in known:
                yield f"retention.approvers[{i}]", f"{code} 不是室或领导 / is no office and no leader of this file"
        if len(given) == 1:
            yield "retention.approvers", "至少两名 / at least two"

    def _wrong_values(self) -> Iterator[tuple[str, str]]:
        for i, channel in enumerate(self.channels):
            if channel.adapter is not None and channel.partner is not None:
                yield f"channels[{i}].adapter", "合作系统自行报送 / its partner hands in by itself"
            if channel.adapter is not None and channel.form is not _FORM_OF_ADAPTER[channel.adapter]:
                yield f"channels[{i}].adapter", f"{channel.adapter} 与形式 {channel.form} 不符 / does not fit this form"
        for i, rank in enumerate(self.handling.own_ranks):
            if rank in self.remit.higher_ranks:
                yield f"handling.own_ranks[{i}]", f"{rank} 又归上级 / is also in remit.higher_ranks"

    def _wrong_difficulty(self) -> Iterator[tuple[str, str]]:
        values: dict[str, type[StrEnum]] = {"category": Category, "rank": Rank, "skip_level": SkipLevel}
        for i, rule in enumerate(self.handling.difficulty):
            path = f"handling.difficulty[{i}]"
            if (rule.at_least is not None) is not (rule.fact in ("people", "amount_yuan")):
                yield f"{path}.at_least", f"{rule.fact} 不按此比较, 或缺少 / is not compared so, or it is missing"
            if bool(rule.among) and rule.fact not in values:
                yield f"{path}.among", f"{rule.fact} 不按此比较 / is not compared so"
            if not rule.among and rule.fact in ("category", "rank"):
                yield f"{path}.among", "缺少 / is missing"
            for j, value in enumerate(rule.among):
                if rule.fact in values and value not in list(values[rule.fact]):
                    yield f"{path}.among[{j}]", f"{value} 不存在 / there is no such value"
        most = sum(rule.points for rule in self.handling.difficulty)
        yield from _doubles((f"handling.grades.{mode}", str(least)) for mode, least in self.handling.grades.items())
        for mode, least in self.handling.grades.items():
            if least > most:
                yield f"handling.grades.{mode}", f"至多 {most} 分 / can never be reached: {most} at most"

    def _wrong_clocks(self) -> Iterator[tuple[str, str]]:
        roles = {leader.role for leader in self.leaders}
        for name, clock in self.clocks.items():
            spans: dict[str, Span | None] = {f"clocks.{name}": clock, f"clocks.{name}.extension": clock.extension}
            spans |= {f"clocks.{name}.warnings[{i}].before": one.before for i, one in enumerate(clock.warnings)}
            for path, span in spans.items():
                if span is not None and span.unit == "month" and span.length > LONGEST_IN_MONTHS:
                    yield f"{path}.length", f"太长 / longer than {LONGEST_IN_MONTHS} months"
            yield from _doubles((f"clocks.{name}.warnings[{i}].colour", w.colour) for i, w in enumerate(clock.warnings))
            if clock.extension is not None and clock.extension.approver not in roles:
                path = f"clocks.{name}.extension.approver"
                yield path, f"{clock.extension.approver} 无人担任 / nobody in this file is that"

    def _wrong_days(self) -> Iterator[tuple[str, str]]:
        off: set[date] = set()
        for kind in ("holidays", "working_days"):
            for i, days in enumerate(getattr(self.calendar, kind)):
                path = f"calendar.{kind}[{i}]"
                if days.last is not None and not days.first <= days.last <= days.first + timedelta(days=31):
                    yield f"{path}.last", "早于 first, 或长于一月 / is before first, or more than a month after it"
                    return
                if kind == "holidays":
                    off.update(days.each())
                elif not off.isdisjoint(days.each()):
                    yield f"{path}.first", "又是节假日 / is a holiday too"
        for i, year in enumerate(self.calendar.whole_years):
            if year not in {day.year for day in off}:
                yield f"calendar.whole_years[{i}]", f"没有 {year} 年的节假日 / no holiday of that year stands here"

    def _wrong_screening(self) -> Iterator[tuple[str, str]]:
        receivers = {receiver.code for receiver in self.receivers}
        groups = {group.code: group for group in self.screening.terms}
        for i, group in enumerate(self.screening.terms):
            known = SUB_CLASSES.get(group.sub_class or "")
            if group.sub_class is not None and (known is None or known.category is not group.category):
                path = f"screening.terms[{i}].sub_class"
                yield path, f"{group.sub_class} 不是这一类的细类 / is no sub-class of this category"
            if sum(one is not None for one in (group.category, group.remit, group.rank)) > 1:
                yield f"screening.terms[{i}].code", "只能指向一处 / points more than one way"
        for code, receiver in self.screening.receivers.items():
            if code not in groups or groups[code].remit is None:
                yield f"screening.receivers.{code}", "没有这组词, 或不属其他机关 / is no group of another organ's remit"
            if receiver not in receivers:
                yield f"screening.receivers.{code}", f"{receiver} 不存在 / does not exist in this file"

    def _wrong_chains(self) -> Iterator[tuple[str, str]]:
        covered = {kind for chain in self.chains for kind in chain.applies_to}
        for i, unit in enumerate(self.units):
            if unit.kind not in covered:
                yield f"units[{i}].kind", f"{unit.kind} 没有审阅链 / no chain applies to it"
        held = {office.kind for office in self.offices} | {leader.role for leader in self.leaders}
        for i, chain in enumerate(self.chains):
            steps = [(f"chains[{i}].{path}", ref) for path, ref in _found(chain, "steps.*.*")]
            yield from _doubles(steps)
            if not chain.applies_to:
                yield f"chains[{i}].applies_to", "至少要有一项 / the chain applies to nothing"
            for path, ref in steps:
                if ref in _HELD_BY and _HELD_BY[ref] not in held:
                    yield path, f"{ref} 无人担任 / nobody in this file is that"
            yield from self._unread_units(chain)

    def _unread_units(self, chain: Chain) -> Iterator[tuple[str, str]]:
        refs = {ref for step in chain.steps for ref in step}
        for i, unit in enumerate(self.units):
            if unit.kind not in chain.applies_to:
                continue
            if ReviewerRef.LINKED_OFFICE in refs and unit.linked_office is None:
                yield f"units[{i}].linked_office", f"审阅链要用到 / chain {chain.code} needs it"
            if ReviewerRef.ZONE_LEAD in refs and unit.zone is None and unit.town not in self._zones_by_town:
                yield f"units[{i}].zone", f"不属任何片区 / in no zone; chain {chain.code} needs its lead"
