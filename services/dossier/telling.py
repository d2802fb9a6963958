"""From facts to sentences. Functions of values: the same facts are told in the same words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xinfang_contracts.district import District

from services.runtime.clock import ZONE

from .sentences import SENTENCES
from .words import vocabulary, word

Words = Mapping[str, str]

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FIELD = re.compile(r"\{([a-z_.]+)\}")
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_SILENT = {"document", "digest", "record", "remarks", "report", "proof", "files", "traits", "before", "after"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as the stream has it: sequence, id, type (``routing.case_assigned.v1``), event time, its codes."""

    sequence: int
    id: str
    type: str
    at: datetime
    codes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One step: when, who said it, the sentence; the rule that decided, what it found, the article."""

    at: datetime
    service: str
    fact: str
    sentence: str
    rule: str | None
    reasons: tuple[str, ...]
    basis: str | None


def tell(facts: Iterable[Fact], petition: str, district: District) -> list[Told]:
    """The steps of one petition, in the order in which they were said; what stands twice in the stream, once."""
    once: dict[tuple[str, str], Fact] = {}
    for fact in sorted(facts, key=lambda one: one.sequence):
        once.setdefault((fact.type, fact.id), fact)
    words = vocabulary(district)
    return [_told(fact, petition, words) for fact in once.values()]


def is_excluded(facts: Iterable[Fact], actor: str) -> bool:
    """Whether somebody is tied to this petition, by any fact on it: to them it is not there."""
    return any(
        actor in fact.codes.get("excluded", ()) or actor == fact.codes.get("accused_unit") or _is_tied(fact, actor)
        for fact in facts
    )


def _is_tied(fact: Fact, actor: str) -> bool:
    return fact.type.split(".")[1] == "tie_declared" and fact.codes.get("actor") == actor


def _told(fact: Fact, petition: str, words: Words) -> Told:
    service, name, _ = fact.type.split(".")
    codes = fact.codes
    template = SENTENCES.get(name)
    sentence = _filled(template, codes, words) if template else _listed(name, codes, words)
    if codes.get("petition") not in (petition, None):
        sentence = f"{codes['petition']}:{sentence}"
    clock = codes.get("clock")
    basis = codes.get("basis") or (clock.get("basis") if isinstance(clock, Mapping) else None)
    return Told(
        at=fact.at.astimezone(ZONE),
        service=service,
        fact=name,
        sentence=sentence,
        rule=codes.get("rule"),
        reasons=tuple(codes.get("reasons") or ()),
        basis=basis if isinstance(basis, str) else None,
    )


def _filled(template: str, codes: Mapping[str, Any], words: Words) -> str:
    def optional(found: re.Match[str]) -> str:
        fields = _FIELD.findall(found[1])
        return found[1] if all(_value(codes, field) for field in fields) else ""

    def field(found: re.Match[str]) -> str:
        return _written(found[1].rsplit(".", 1)[-1], _value(codes, found[1]), words)

    return _FIELD.sub(field, _OPTIONAL.sub(optional, template))


def _listed(name: str, codes: Mapping[str, Any], words: Words) -> str:
    """A fact without a sentence: its codes, one after another, so that nothing is left untold."""
    shown = {key: value for key, value in codes.items() if key not in _SILENT | {"petition"} and value is not None}
    return f"{name}:" + ",".join(f"{key}={_written(key, value, words)}" for key, value in shown.items())


def _value(codes: Mapping[str, Any], path: str) -> Any:
    value: Any = codes
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _written(field: str, value: Any, words: Words) -> str:
    match value:
        case None:
            return "未记"
        case bool():
            return word(field, str(value).lower(), words)
        case str() if _MOMENT.match(value):
            return f"{datetime.fromisoformat(value).astimezone(ZONE):%Y-%m-%d %H:%M}"
        case str():
            return word(field, value, words)
        case Mapping():
            return _part(value, words)
        case Sequence():
            return "、".join(_written(field, one, words) for one in value)
        case _:
            return str(value)


def _part(part: Mapping[str, Any], words: Words) -> str:
    """A part of a fact in a list: a proposal of the screening rules, a likely repeat, anything with codes."""
    if "matter" in part:
        matter = word("matter", part["matter"], words)
        reasons = ",".join(part.get("reasons", ()))
        return f"{matter}={word(part['matter'], part['value'], words)}({part['rule']},{part['article']};{reasons})"
    if "points" in part:
        return f"{word('item', part['item'], words)}{part['points']}分"
    if "score" in part:
        return f"{part['petition']}(相似{part['score']};{','.join(part['reasons'])})"
    return "、".join(_written(key, value, words) for key, value in part.items() if key not in _SILENT)
