"""A small flow of petitions for fault tests: every way in, every way out, one return, one overdue, some refusals.

Petitions are known by their place in the script. A play of the script fills a calendar year of its own, whose numbers
begin at 1: so one installation holds many plays, and they can be compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import zip_longest

from xinfang_contracts.district import District
from xinfang_contracts.intake import (
    Acceptance,
    Accused,
    Filing,
    PetitionContent,
    Referral,
    Refusal,
    Reporter,
    ScreenPetition,
)
from xinfang_contracts.message import Category, Message, Rank
from xinfang_contracts.review import GiveOpinion, Outcome, RecordSettlement, ReturnReason, SubmitReport

from services.runtime.clock import ZONE
from tests.rules.given import YANFENG
from tests.rules.stories import Story

DISTRICT = "430406"
Decision = Acceptance | Referral | Refusal | Filing
SOMEBODY = Reporter(name="某某", contact="000-1000-0001")


@dataclass(frozen=True, slots=True)
class Submission:
    """One petition handed in by ``actor``; ``door`` is the public HTTP form."""

    name: str
    actor: str
    channel: str
    content: PetitionContent


@dataclass(frozen=True, slots=True)
class Command:
    """One command; ``name`` is unique in the script and becomes the message id."""

    name: str
    actor: str
    message: Message


def number(year: int, place: int) -> str:
    """The number of the petition that is registered as the ``place``-th of its year."""
    return f"{DISTRICT}-{year}-{place:06d}"


def _content(text: str, village: str | None = None, **accused: object) -> PetitionContent:
    return PetitionContent(
        text=f"虚构:{text}",
        village=village,
        reporter=SOMEBODY,
        accused=[Accused.model_validate(accused)] if accused else [],
    )


SUBMISSIONS = (
    Submission("1", "door", "web", _content("集体鱼塘发包未公示", "430406001001")),
    Submission("2", "partner_yidiantong", "yidiantong", _content("低保名额分配不公")),
    Submission("3", "superior_430400", "letter", _content("村级账目不清", rank="township")),
    Submission("4", "office_petition", "letter", _content("征地补偿款迟发", "430406100200")),
    Submission("5", "door", "qr_mashang", _content("公车私用")),
    Submission("foreign", "partner_yidiantong", "sanxiang_e", _content("用了别家的渠道")),
    Submission("6", "door", "web", _content("拖欠工资")),
    Submission("7", "partner_sanxiang_e", "sanxiang_e", _content("已经起诉的纠纷")),
    Submission("8", "office_petition", "visit", _content("同一件事再次反映")),
    Submission("nowhere", "office_petition", "no_such_channel", _content("没有这个渠道")),
    Submission("9", "door", "web", _content("刚刚收到")),
    Submission("10", "partner_yidiantong", "yidiantong", _content("上级管理的干部", rank="county")),
)
"""In the order in which they are registered; a refused one uses no number, a sealed one does."""


def screenings(year: int) -> list[Command]:
    """What the petition office decides; the other office may not."""
    handled: dict[int, dict[str, object]] = {
        1: {"responsible_unit": "unit_430406001", "real_name": True},
        2: {"responsible_unit": "unit_stationed_4", "accused_unit": "unit_430406004", "real_name": True},
        3: {"rank": Rank.TOWNSHIP, "real_name": False},
        4: {"responsible_unit": "unit_430406100", "real_name": True, "first_time": False},
        5: {"responsible_unit": "unit_430406005", "real_name": False},
    }
    found: list[tuple[str, int, Decision]] = [
        ("office_petition", place, Acceptance.model_validate({"category": Category.MASSES, "rank": Rank.STAFF} | more))
        for place, more in handled.items()
    ]
    others: list[tuple[str, int, Decision]] = [
        ("office_petition", 6, Referral(receiver="labour", basis="规则13(1)")),
        ("office_petition", 7, Refusal(ground="litigation", basis="规则13(2)")),
        ("office_petition", 8, Filing(repeat_of=number(year, 1), basis="规则14")),
        ("office_trial", 9, Filing(basis="规则14")),
    ]
    return [
        Command(f"screen-{place}", actor, ScreenPetition(petition=number(year, place), decision=decision))
        for actor, place, decision in [*found, *others]
    ]


class _Case:
    """One case's commands in their order. What is signed depends on what was said before: the rules say it here too."""

    def __init__(self, year: int, place: int, unit: str, district: District) -> None:
        self.place, self.unit, self.petition = place, unit, number(year, place)
        self.commands: list[Command] = []
        self._story = Story(unit, district, number=self.petition)
        # Whose turn it is by when stands in the record: reports come on that day.
        self._story.now = datetime.combine(day(year, REVIEWED), time(10), ZONE)

    def report(self, version: int, outcome: Outcome = Outcome.PROVED) -> None:
        message = SubmitReport(petition=self.petition, version=version, outcome=outcome, recovered_yuan=1000 * version)
        self._story.hands_in(message)
        self._add(self.unit, f"report-{version}", message)

    def agree(self, version: int, *actors: str, returned: ReturnReason | None = None) -> None:
        for actor in actors:
            opinion = GiveOpinion(petition=self.petition, version=version, returned=returned)
            message = self._story.says(actor, opinion)
            self._add(actor, f"opinion-{version}-{actor}", message)

    def settle(self) -> None:
        self._add("office_petition", "settle", RecordSettlement(petition=self.petition))

    def _add(self, actor: str, what: str, message: Message) -> None:
        self.commands.append(Command(f"{what}-{self.place}", actor, message))


ZONE_1 = ("office_supervision_1", "office_petition", "office_trial", "leader_assist_1", "leader_deputy_1")
ZONE_2 = ("office_supervision_2", "office_petition", "office_trial", "leader_assist_2", "leader_deputy_2")


def _the_same_every_year(district: District) -> District:
    """As ``theatre.the_same_every_year`` has the file: by calendar days, as far as opinions are waited for."""
    clocks = {
        name: clock.model_copy(update={"unit": "calendar_day"}) if clock.unit == "working_day" else clock
        for name, clock in district.clocks.items()
    }
    return district.model_copy(update={"clocks": clocks})


IN_A_THEATRE = _the_same_every_year(YANFENG)


def cases(year: int, district: District = IN_A_THEATRE) -> Mapping[int, list[Command]]:
    """Each accepted petition's reports and opinions, in an order in which none is refused. The fifth's unit is mute."""
    whole = _Case(year, 1, "unit_430406001", district)
    whole.report(1)
    whole.agree(1, *ZONE_1, "leader_principal")
    whole.settle()
    returned = _Case(year, 2, "unit_stationed_4", district)
    returned.report(1, Outcome.NOT_PROVABLE)
    returned.agree(1, *ZONE_2[:2])
    returned.agree(1, "office_trial", returned=ReturnReason.EVIDENCE_LACKING)
    returned.report(2, Outcome.PARTLY_PROVED)
    returned.agree(2, *ZONE_2, "leader_principal")
    own = _Case(year, 3, "unit_organ_2", district)
    own.report(1, Outcome.UNFOUNDED)
    own.agree(1, "office_trial", "leader_assist_1", "leader_principal")
    midway = _Case(year, 4, "unit_430406100", district)
    midway.report(1)
    midway.agree(1, *ZONE_2[:3])
    return {case.place: case.commands for case in (whole, returned, own, midway)}


def waves(year: int) -> list[list[Command]]:
    """The cases' commands so that those of one wave do not wait for each other."""
    return [[one for one in wave if one is not None] for wave in zip_longest(*cases(year).values())]


RECEIVED, SCREENED, REVIEWED, EXPIRED = (3, 5), (3, 6), (4, 3), (7, 2)
"""The days of a play: (month, day). None in February's reach: leap years would differ."""


def day(year: int, of: tuple[int, int]) -> date:
    """A day of a play."""
    return date(year, *of)
