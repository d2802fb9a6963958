"""Repeats kept on file are reported to the offices each quarter, as counts (规则14). Functions of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from xinfang_contracts.district import OfficeKind
from xinfang_contracts.message import Message
from xinfang_contracts.screening import RepeatsReported

from services.runtime.rules import Keep, Notice, Output

from ..decide import Facts

TOLD = (OfficeKind.PETITION, OfficeKind.SUPERVISION, OfficeKind.CASE_MANAGEMENT)


class QuarterEnds(Message):
    """A quarter is over: what a tick makes of its counts. Never leaves the service."""

    quarter: Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$")]
    kept_on_file: int
    of_known_cases: int


@dataclass(frozen=True, slots=True)
class Reported:
    """A district's quarter that has been reported."""

    district: str
    quarter: str


def quarter_of(day: date) -> str:
    """``2023-Q4``."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


def report(_state: None, message: QuarterEnds, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Tell the offices how many were kept on file, and how many of them belong to an earlier petition."""
    district = facts.district
    fact = RepeatsReported(
        quarter=message.quarter, kept_on_file=message.kept_on_file, of_known_cases=message.of_known_cases
    )
    offices = [office.code for office in district.offices if office.kind in TOLD]
    return [fact, Keep(Reported(district.code, message.quarter)), *(Notice(office, fact) for office in offices)]
