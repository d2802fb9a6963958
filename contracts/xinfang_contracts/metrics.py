"""What metrics says: one message an indicator and period, with all its scopes."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from .message import Code, Message, Moment

Period = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{4}(-[0-9]{2}|-Q[1-4]|-H[12]|-to-[0-9]{2})?|now)$",
        description="2023-11, 2023-Q4, 2023-H2, 2023, 2023-to-11 or now",
    ),
]


class ScopeValue(Message):
    """One scope's figure. A rate has a denominator; without a base it has no value."""

    scope: Annotated[str, Field(pattern=r"^[a-z]+(:[a-z0-9_]+)?$", description="district, zone:z1, form:letter ...")]
    numerator: int
    denominator: int | None = None
    value: float | None


class IndicatorValue(Message):
    """An indicator over a period, for every scope that has any of it."""

    indicator: Code
    period: Period
    unit: Literal["items", "percent", "units", "zones", "yuan", "people"]
    formula: Annotated[int, Field(ge=1, description="version of the formula")]
    as_of: Annotated[Moment, Field(description="event time of the newest fact in it")]
    revision: Annotated[int, Field(ge=0, description="grows with every change of this message")]
    scopes: list[ScopeValue]
    corrections: Annotated[int, Field(ge=0, description="how often what is counted here was corrected")] = 0
    corrected_on: Annotated[date | None, Field(description="the day of the newest correction")] = None
    window_months: Annotated[
        int | None, Field(description="the district's settlement window, where it is a part of the formula")
    ] = None
