"""Whoever signs in tests: a person for each actor, with keys that follow from the actor's name."""

import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from xinfang_contracts.district import District
from xinfang_contracts.review import GiveOpinion, ReportSubmitted, SubmitReport
from xinfang_contracts.signing import EnrolKey

from services.demo.actors import Actor
from services.installation import Installation
from services.review.decide import submit_report
from services.review.facts import Facts
from services.review.signing.checking import Signer, Signers
from services.review.signing.pen import Pen
from services.review.state import Awaiting, Handled
from tests.rules.given import NOW, YANFENG, case_traits


@lru_cache(maxsize=1_000)
def pen_of(actor: str, person: str = "") -> Pen:
    """The pen of whoever is this actor."""
    person = person or f"p_{sha256(actor.encode()).hexdigest()[:8]}"
    sign, read = (sha256(f"{kind} {actor} {person}".encode()).digest() for kind in ("sign", "read"))
    return Pen(person, Ed25519PrivateKey.from_private_bytes(sign), X25519PrivateKey.from_private_bytes(read))


def signer(pen: Pen) -> dict[str, Signer]:
    """The pen's key as enrolled."""
    return {pen.key: Signer(pen.person, pen.offer().sign)}


@lru_cache(maxsize=20)
def signers_of(district: District) -> Signers:
    """All offices, leaders, units and superiors of a district, each with their pen enrolled."""
    return {actor: signer(pen_of(actor)) for actor in signing_actors(district)}


def signing_actors(district: District) -> list[str]:
    """Who may have keys."""
    kinds = ("office", "leader", "unit", "superior")
    return [actor for actor in district.actors() if actor.split("_")[0] in kinds]


def submitted(report: SubmitReport, unit: str, district: District = YANFENG) -> dict[str, Any]:
    """A case's first report as those are told of it who have to speak."""
    case = Handled(traits=case_traits(), unit=unit, zone=None, excluded=[])
    outputs = submit_report(Awaiting(case=case, version=1), report, Facts(district, unit), now=NOW)
    told: dict[str, Any] = json.loads(the_fact(outputs).model_dump_json(exclude_none=True))
    return told


def the_fact(outputs: Any) -> ReportSubmitted:
    """The submission among a rule's answers."""
    return next(one for one in outputs if isinstance(one, ReportSubmitted))


def signed(opinion: GiveOpinion, actor: str, told: Mapping[str, Any], district: District = YANFENG) -> GiveOpinion:
    """The opinion as this actor's person signs it."""
    return pen_of(actor).signed(opinion, district.code, actor, told)


def agreed(report: SubmitReport, unit: str, actor: str) -> GiveOpinion:
    """An actor's agreement to a case's first report, signed."""
    return signed(GiveOpinion(petition=report.petition, version=1), actor, submitted(report, unit))


async def enrol(installation: Installation, *actors: str) -> None:
    """Keys for these, offered by them and enrolled by the operator, over NATS."""
    for actor in actors:
        one = await Actor.sign_in(installation, YANFENG.code, actor)
        await one.command(pen_of(actor).offer())
        await one.sign_out()
    client = await installation.connect("operator")
    operator = await Actor(YANFENG.code, "operator", client).listen()
    for actor in actors:
        await operator.command(EnrolKey(signer=f"{YANFENG.code}.{actor}", key=pen_of(actor).key))
    await operator.sign_out()
