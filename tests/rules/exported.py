"""A case that went its whole way, with its keys and its publications, as ``audit export`` would write it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.registry import fact as entry_of
from xinfang_contracts.signing import EnrolKey, HeadsPublished, RevokeKey

from services.review.audit.heads import Ending, HeadsDue, publish
from services.review.audit.lines import Said, export, read, split, write
from services.review.audit.verifying import Trusted
from services.review.facts import Facts
from services.review.signing.enrolling import KeyState, enrol, evolve, offer, revoke
from services.review.signing.pen import Pen
from tests.pens import pen_of
from tests.rules.given import NOW, YANFENG, facts
from tests.rules.stories import IN_ORDER, JOINT, Story

REPORT = DocumentRef(document="6c1f6b52-4b55-4f6e-8a51-3f0a5f0d1c11", digest="4e" * 32)
ENROLLED_AT = NOW - timedelta(days=1)
OTHERS = {f"430406-2023-{place:06d}": (place, f"{place:02d}" * 32) for place in range(1, 9)}
"""Other cases' chains, between whose the case stands in the tree."""


def said(fact: Message, number: int, at: Any = NOW) -> Said:
    """A fact as the stream has it."""
    body = json.loads(fact.model_dump_json(exclude_none=True))
    return Said(entry_of("review", type(fact)).type, f"id-{number}", at.isoformat(), body)


def keys_of(
    actors: Iterable[str], revoked: Iterable[str] = (), pens: Mapping[str, Pen] = MappingProxyType({})
) -> list[Said]:
    """The facts by which these actors' keys came in, and by which some went again, later."""
    found: list[Said] = []
    for actor in actors:
        pen, signer, state = pens.get(actor) or pen_of(actor), f"{YANFENG.code}.{actor}", None
        steps: list[tuple[Any, Any, str]] = [(offer, pen.offer(), actor)]
        steps.append((enrol, EnrolKey(signer=signer, key=pen.key), "operator"))
        state = _key(found, state, steps, ENROLLED_AT)
        if actor in revoked:
            _key(found, state, [(revoke, RevokeKey(signer=signer, key=pen.key), "operator")], NOW)
    return found


def _key(found: list[Said], state: KeyState, steps: Sequence[tuple[Any, Any, str]], at: Any) -> KeyState:
    for rule, message, speaker in steps:
        for fact in facts(rule(state, message, Facts(YANFENG, speaker), now=at)):
            found.append(said(fact, 1_000 + len(found), at))
            state = evolve(state, fact, at)
    return state


def story() -> Story:
    """Returned once, then agreed to by all."""
    told = Story()
    told.report(report=REPORT)
    told.agreed_by(JOINT[0][0])
    told.opinion(JOINT[0][1], back=True)
    told.report(2, report=REPORT)
    return told.agreed_by(*IN_ORDER, version=2)


def records_of(told: Story) -> list[Said]:
    return [said(fact, place) for place, fact in enumerate(told.said, 1)]


def publications(records: Sequence[Said], days: Sequence[int]) -> list[Said]:
    """One a day, when so many records stood."""
    ending, found = Ending("430406", published={}, grown=dict(OTHERS)), []
    for number, count in enumerate(days, 1):
        link = records[count - 1].data["link"]
        grown = {**ending.grown, records[0].data["petition"]: (link["place"], link["hash"])}
        due = HeadsDue(on=date(2023, 3, number))
        (fact,) = publish(None, due, Ending("430406", ending.published, grown, ending.number, ending.hash), now=NOW)
        assert isinstance(fact, HeadsPublished)
        found.append(said(fact, 2_000 + number))
        ending = Ending("430406", {**ending.published, **grown}, {}, fact.number, fact.hash)
    return found


@lru_cache(maxsize=1)
def whole() -> tuple[bytes, str]:
    """The export of a concluded case, and its published head."""
    records = records_of(story())
    published = publications(records, [3, len(records)])
    keys = keys_of([*IN_ORDER, "office_case"])
    return export(story().number, records, keys, published), published[-1].data["hash"]


def trusted(*actors: str) -> Trusted:
    """Public keys as their persons gave them."""
    return {pen.key: (pen.person, pen.offer().sign) for pen in map(pen_of, actors or IN_ORDER)}


def contents(text: bytes) -> list[dict[str, Any]]:
    """An export's lines, read."""
    return [read(line) for line in split(text)]


def rewritten(lines: Iterable[dict[str, Any]]) -> bytes:
    """Lines as somebody writes them who can compute every sum."""
    return b"".join(write(line) for line in lines)
