"""Which unit handles a case, and how: recusal first, then difficulty, place and zone. Pure.

自办、属地或派驻承办、片区协办、交叉办理、提级核查 (监察法16、17): each a decision with the id of its rule.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from xinfang_contracts.district import District, Unit, UnitKind
from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.routing import Mode

from .difficulty import weigh
from .hands import Given
from .leaders import lead_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit, how it handles the case, the id of the rule that chose it, who helps and who leads."""

    unit: Unit
    mode: Mode
    rule: str
    reasons: tuple[str, ...] = ()
    difficulty: int | None = None
    assisting: tuple[str, ...] = ()
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Whom to choose among. excluded: the tied, never chosen; objected: not asked again; loads: crossed cases given."""

    district: District
    petition: PetitionNumber
    given: Given
    excluded: Collection[str] = ()
    objected: Collection[str] = ()
    loads: Mapping[str, int] = field(default_factory=dict)

    def free(self, units: list[Unit]) -> list[Unit]:
        """Those who are neither tied nor have objected."""
        return [unit for unit in units if unit.code not in self.excluded and unit.code not in self.objected]

    def organ(self) -> list[Unit]:
        """The organ's own units."""
        return [unit for unit in self.district.units if unit.kind is UnitKind.ORGAN]

    def homes(self) -> list[Unit]:
        """Whose case it is by management authority and by place, in this order: never among those who cross."""
        managing = None if self.given.responsible_unit is None else self.district.unit(self.given.responsible_unit)
        there = self.district.units_of_town(self.given.traits.town)
        return there if managing is None else [managing, *there]

    def outside(self) -> list[Unit]:
        """Everybody but the organ and the homes."""
        homes = {unit.code for unit in self.homes()}
        return [unit for unit in self.district.units if unit.kind is not UnitKind.ORGAN and unit.code not in homes]


def choose(question: Question) -> Choice | None:
    """The unit, by the first rule that finds a free one; None when nobody is left who may.

    What is so difficult that it must leave its home never falls back to it: rather the superior gets it.
    """
    difficulty = weigh(question.district, question.given)
    choice = _by_rank(question) or _by_grade(question, difficulty.mode)
    if choice is None and difficulty.mode not in (Mode.CROSSED, Mode.TAKE_UP):
        choice = _by_place(question) or _elsewhere(question)
    if choice is None:
        return None
    return _explained(choice, difficulty.reasons, difficulty.points)


def in_mode(question: Question, mode: Mode) -> Choice | None:
    """The unit that a mode asks for, whatever the difficulty; None when nobody is free for it."""
    match mode:
        case Mode.OWN | Mode.TAKE_UP:
            return _spread(question, mode, "organ")
        case Mode.UNIT:
            return _by_place(question)
        case Mode.ZONE_ASSISTED:
            return _assisted(question, "zone")
        case Mode.CROSSED:
            return _crossed(question, "crossed")


def with_help(question: Question, unit: Unit, rule: str) -> Choice | None:
    """This unit with its zone beside it; None without a zone, a helper or a lead."""
    zone = question.district.zone_of(unit)
    lead = None if zone is None else lead_of(question.district, zone, question.excluded)
    if zone is None or lead is None:
        return None
    district = question.district
    beside = [one for one in district.units if one.code != unit.code and district.zone_of(one) == zone]
    helpers = [one.code for one in beside if one.kind is not UnitKind.ORGAN and one.code not in question.excluded]
    if not helpers:
        return None
    return Choice(unit, Mode.ZONE_ASSISTED, rule, assisting=tuple(helpers), lead=lead)


def _by_rank(question: Question) -> Choice | None:
    is_own = question.given.traits.rank in question.district.handling.own_ranks
    return _spread(question, Mode.OWN, "own_rank") if is_own else None


def _by_grade(question: Question, mode: Mode | None) -> Choice | None:
    match mode:
        case Mode.TAKE_UP:
            return _spread(question, mode, "grade_take_up") or _crossed(question, "grade_crossed")
        case Mode.CROSSED:
            return _crossed(question, "grade_crossed") or _spread(question, Mode.TAKE_UP, "outside_tied")
        case Mode.ZONE_ASSISTED:
            return _assisted(question, "grade_zone_assisted")
        case _:
            return None


def _assisted(question: Question, rule: str) -> Choice | None:
    """The home unit handles it, its zone assists."""
    homes = question.free(_not_organ(question.homes()))
    return next((found for home in homes if (found := with_help(question, home, rule))), None)


def _by_place(question: Question) -> Choice | None:
    for unit in question.free(question.homes()):
        if unit.kind is UnitKind.ORGAN:
            return Choice(unit, Mode.OWN, "responsible_unit")
        is_managing = unit.code == question.given.responsible_unit
        return Choice(unit, Mode.UNIT, "responsible_unit" if is_managing else "town_unit")
    return None


def _elsewhere(question: Question) -> Choice | None:
    """人情监督: where the home unit is not free, another one that has none of its ties; else the organ."""
    homes = question.homes()
    tied = any(home.code in question.excluded for home in homes)
    rule = "home_tied" if tied else "home_objected" if homes else "no_home"
    return _crossed(question, rule) or _spread(question, Mode.TAKE_UP, "outside_tied")


def _crossed(question: Question, rule: str) -> Choice | None:
    """交叉办理: of the free units outside, the one that was given the fewest crossed cases this year."""
    free = question.free(question.outside())
    if not free:
        return None
    # min takes the first of equals: file order.
    return Choice(min(free, key=lambda unit: question.loads.get(unit.code, 0)), Mode.CROSSED, rule)


def _spread(question: Question, mode: Mode, rule: str) -> Choice | None:
    """One of the organ's units, by the petition's serial: the same petition always meets the same unit."""
    free = question.free(question.organ())
    return Choice(free[int(question.petition.rsplit("-", 1)[1]) % len(free)], mode, rule) if free else None


def _not_organ(units: list[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.kind is not UnitKind.ORGAN]


def _explained(choice: Choice, reasons: tuple[str, ...], points: int | None) -> Choice:
    if points is None:
        return choice
    return Choice(choice.unit, choice.mode, choice.rule, reasons, points, choice.assisting, choice.lead)
