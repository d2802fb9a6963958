"""How difficult a case is, by the points of the district file, and what mode that asks for. Pure."""

from dataclasses import dataclass

from xinfang_contracts.district import DifficultyRule, District
from xinfang_contracts.routing import Mode

from .hands import Given


@dataclass(frozen=True, slots=True)
class Difficulty:
    """points: None where the district file weighs nothing; reasons: the rules that weighed; mode: None: none asked."""

    points: int | None = None
    reasons: tuple[str, ...] = ()
    mode: Mode | None = None


def weigh(district: District, given: Given) -> Difficulty:
    """Add up the rules that hold, and find the highest grade that they reach."""
    handling = district.handling
    if not handling.difficulty:
        return Difficulty()
    held = [rule for rule in handling.difficulty if _holds(rule, given)]
    points = sum(rule.points for rule in held)
    reached = [(least, mode) for mode, least in handling.grades.items() if points >= least]
    mode = Mode(max(reached)[1]) if reached else None
    return Difficulty(points, tuple(rule.code for rule in held), mode)


def _holds(rule: DifficultyRule, given: Given) -> bool:
    traits = given.traits
    match rule.fact:
        case "people":
            return given.people is not None and given.people >= (rule.at_least or 0)
        case "amount_yuan":
            return given.amount_yuan is not None and given.amount_yuan >= (rule.at_least or 0)
        case "urgent":
            return given.urgent
        case "repeat":
            return not traits.first_time
        case "skip_level":
            return traits.skip_level is not None and (not rule.among or traits.skip_level in rule.among)
        case "category":
            return traits.category in rule.among
        case "rank":
            return traits.rank in rule.among
