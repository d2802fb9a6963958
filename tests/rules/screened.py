"""Facts of screening, as they are said."""

from datetime import date
from typing import Any

from xinfang_contracts.intake import PetitionDeclined, PetitionRegistered
from xinfang_contracts.message import DocumentRef, Form, SkipLevel
from xinfang_contracts.review import ReturnsWithdrawn
from xinfang_contracts.routing import CaseWithdrawn
from xinfang_contracts.screening import (
    PetitionMarked,
    PetitionReturned,
    PetitionTransferredDown,
    ReferralReturned,
    ReferralStepTaken,
    ReturnGround,
)

from tests.rules.given import NOW, NUMBER, case_traits, traits

UNIT = "unit_430406001"
RECORD = DocumentRef(document="7c1a9a57-0d7d-5c0e-9a0b-1f2b3c4d5e6f", digest="5f" * 32)


def returned(**changes: Any) -> PetitionReturned:
    """An acceptance that no longer holds."""
    given: dict[str, Any] = {
        "petition": NUMBER,
        "traits": case_traits(),
        "ground": ReturnGround.NO_SUBSTANCE,
        "office": "office_supervision_1",
        "by": "leader_assist_1",
        "returned_on": date(2023, 4, 6),
    }
    return PetitionReturned(**given | changes)


def withdrawn(**changes: Any) -> CaseWithdrawn:
    """A case that is given up."""
    given: dict[str, Any] = {
        "petition": NUMBER,
        "traits": case_traits(),
        "unit": UNIT,
        "zone": "zone_1",
        "assigned_on": date(2023, 3, 1),
        "withdrawn_on": date(2023, 4, 6),
    }
    return CaseWithdrawn(**given | changes)


def step(name: str, *, first: bool = False) -> ReferralStepTaken:
    """Something done about a referral of the first of March."""
    return ReferralStepTaken(
        petition=NUMBER,
        traits=traits(),
        receiver="court",
        step=name,  # type: ignore[arg-type]
        first=first,
        referred_on=date(2023, 3, 1),
        on=date(2023, 4, 6),
    )


def visited(level: SkipLevel | None = None, heads: int | None = None) -> PetitionRegistered:
    """A visit, registered."""
    about = traits(channel="visit", form=Form.VISIT, skip_level=level, visitors=heads)
    return PetitionRegistered(petition=NUMBER, traits=about)


SCREENING_FACTS = (
    PetitionMarked(petition=NUMBER, traits=traits(), skip_level=SkipLevel.PROVINCE),
    PetitionTransferredDown(petition=NUMBER, traits=traits(), unit=UNIT, basis="规则16", due_at=NOW),
    step("contacted", first=True),
    step("answered"),
    returned(),
    withdrawn(),
    ReferralReturned(
        petition=NUMBER,
        traits=traits(),
        receiver="court",
        referred_on=date(2023, 3, 1),
        followed_up=True,
        returned_on=date(2023, 4, 6),
    ),
    ReturnsWithdrawn(petition=NUMBER, unit=UNIT, returned_on=[date(2023, 3, 20)] * 2, withdrawn_on=date(2023, 4, 6)),
    visited(SkipLevel.PROVINCE, 7),
    visited(SkipLevel.CENTRAL),
    PetitionDeclined(petition=NUMBER, traits=traits(), ground="no_substance", basis="规则13(3)"),
)
