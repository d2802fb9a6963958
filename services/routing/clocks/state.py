"""What is known of a case's clocks, and when the next thing of one falls due. Pure.

The handling clock itself stands with the case; here is how it has gone on, and the other clocks whole.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.district import ClockUnit, Colour
from xinfang_contracts.routing import Clock


def _absent(value: object) -> bool:
    return value is None or value == () or value == {} or value == 0


class Step(BaseModel):
    """What has moved a clock: extended by a length or until a day, suspended or resumed on a day."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["extended", "until", "suspended", "resumed"]
    on: date | None = Field(default=None, exclude_if=_absent)
    length: int = Field(default=0, exclude_if=_absent)
    unit: ClockUnit = Field(default="calendar_day", exclude_if=lambda unit: unit == "calendar_day")
    by_superior: bool = Field(default=False, exclude_if=lambda by_superior: not by_superior)


class Progress(BaseModel):
    """How a clock has gone on.

    since: when it was last moved, before which nothing of it falls due; warned_until: up to which moment its warnings
    were said, or overtaken by graver ones; ran_out_at: the due moment of which it was last said that it has passed.
    """

    model_config = ConfigDict(frozen=True)
    steps: tuple[Step, ...] = Field(default=(), exclude_if=_absent)
    since: datetime | None = Field(default=None, exclude_if=_absent)
    warned_until: datetime | None = Field(default=None, exclude_if=_absent)
    ran_out_at: datetime | None = Field(default=None, exclude_if=_absent)

    @property
    def is_suspended(self) -> bool:
        """Whether the clock stands."""
        return bool(self.steps) and self.steps[-1].kind == "suspended"


class Other(BaseModel):
    """A clock beside the handling clock."""

    model_config = ConfigDict(frozen=True)
    clock: Clock
    progress: Progress = Progress()


class Clocks(BaseModel):
    """moves: how often anything was moved, so that a moment that comes back is told from the one before."""

    model_config = ConfigDict(frozen=True)
    handling: Progress = Field(default=Progress(), exclude_if=lambda progress: progress == Progress())
    others: dict[str, Other] = Field(default={}, exclude_if=_absent)
    moves: int = Field(default=0, exclude_if=_absent)


class Running(NamedTuple):
    """A clock of a case and how it has gone on."""

    clock: Clock
    progress: Progress


def running(clocks: Clocks, handling: Clock | None, overdue_at: datetime | None) -> Iterator[Running]:
    """The handling clock, where there is one, and the others by name. overdue_at: when the case was overdue."""
    if handling is not None:
        progress = clocks.handling
        if progress.ran_out_at is None and overdue_at is not None:
            progress = progress.model_copy(update={"ran_out_at": overdue_at})
        yield Running(handling, progress)
    for _, other in sorted(clocks.others.items()):
        yield Running(other.clock, other.progress)


def has_run_out(one: Running) -> bool:
    """Whether that was said; an extension may have given it time again."""
    return one.progress.ran_out_at is not None and one.clock.due_at <= one.progress.ran_out_at


def warnings_left(one: Running) -> dict[Colour, datetime]:
    """What is still to be warned of, each with its moment."""
    said = one.progress.warned_until
    return {warned.colour: warned.at for warned in one.clock.warnings if said is None or warned.at > said}


def next_at(one: Running) -> datetime | None:
    """When the next thing of a clock falls due: a warning, or its end; None when nothing does."""
    if one.progress.is_suspended or has_run_out(one):
        return None
    first = min([*warnings_left(one).values(), one.clock.due_at])
    return first if one.progress.since is None else max(first, one.progress.since)
