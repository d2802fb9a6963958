"""Cases with clocks, and what follows when things are done to them with and without ticks between."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from xinfang_contracts.clocks import ExtendClock, ResumeClock, StartClock, StopClock, SuspendClock
from xinfang_contracts.district import Clock, District, Extension, LeaderRole, Span, Warned
from xinfang_contracts.message import DocumentRef, Message

from services.routing.expiring import CaseDue
from services.routing.facts import Facts
from services.routing.handlers import HANDLERS, OWN_HANDLERS
from services.routing.state import State, due_at, evolve
from services.runtime.rules import Output
from tests.rules.given import NUMBER, YANFENG, M, facts

PETITION_OFFICE, MANAGERS, UNIT = "office_petition", "office_case", "unit_430406001"
PRINCIPAL = YANFENG.leaders_of(LeaderRole.PRINCIPAL)[0].code
DEPUTY, OTHER_DEPUTY = (leader.code for leader in YANFENG.leaders_of(LeaderRole.DEPUTY_SECRETARY))
APPROVAL = DocumentRef(document="94183333-cd39-594c-b78c-2a068ce1f7dd", digest="a" * 64)


def with_clock(name: str, clock: Clock, district: District = YANFENG) -> District:
    """The district with one clock more, or another one of that name."""
    return district.model_copy(update={"clocks": {**district.clocks, name: clock}})


def clock_of(length: int, unit: str, *, warned: Iterable[tuple[str, int]] = (), **more: Any) -> Clock:
    """A clock that is warned of so many days of its own kind before."""
    warnings = [
        Warned.model_validate({"colour": colour, "before": Span(length=n, unit=unit), "told": ["unit"]})  # type: ignore[arg-type]
        for colour, n in warned
    ]
    return Clock.model_validate({"length": length, "unit": unit, "basis": "测试1", "warnings": warnings} | more)


HEARING = clock_of(
    10,
    "working_day",
    warned=(("yellow", 5), ("red", 2)),
    suspends=True,
    extension=Extension(length=5, unit="working_day", times=2, approver=LeaderRole.PRINCIPAL),
)
BUSY = with_clock("hearing", HEARING)
"""雁峰区 with a clock of working days that is warned of, extended and suspended."""


def start(clock: str, **more: Any) -> StartClock:
    return StartClock(petition=NUMBER, clock=clock, **more)


def stop(clock: str) -> StopClock:
    return StopClock(petition=NUMBER, clock=clock)


def extend(clock: str, length: int) -> ExtendClock:
    return ExtendClock(petition=NUMBER, clock=clock, length=length, reason="complex", document=APPROVAL)


def suspend(clock: str) -> SuspendClock:
    return SuspendClock(petition=NUMBER, clock=clock, reason="hearing")


def resume(clock: str) -> ResumeClock:
    return ResumeClock(petition=NUMBER, clock=clock)


COMMANDS: dict[type[Message], str] = {
    StartClock: "routing.start_clock.v1",
    StopClock: "routing.stop_clock.v1",
    ExtendClock: "routing.extend_clock.v1",
    SuspendClock: "routing.suspend_clock.v1",
    ResumeClock: "routing.resume_clock.v1",
}


class Case:
    """A case that messages and ticks come to, as the service's transaction has it."""

    def __init__(self, district: District = BUSY, state: State = None) -> None:
        self.district = district
        self.state = state
        self.said: list[Message] = []

    def __call__(
        self, type_: str, message: Message, now: datetime, actor: str = "", warned_years: Collection[int] = ()
    ) -> Sequence[Output]:
        """One message by its handler; what is heard changes the state before what is said."""
        step = (HANDLERS | OWN_HANDLERS)[type_](message)
        outputs = step.rule(self.state, message, Facts(self.district, actor, warned_years=warned_years), now=now)
        heard = [] if type(message) in COMMANDS else [message]
        for fact in [*heard, *facts(outputs)]:
            self.state = evolve(self.state, fact, now)
        self.said += facts(outputs)
        return outputs

    def command(
        self, message: Message, now: datetime, actor: str = PETITION_OFFICE, warned_years: Collection[int] = ()
    ) -> Sequence[Output]:
        """A command of an actor."""
        return self(COMMANDS[type(message)], message, now, actor, warned_years)

    def tick(self, now: datetime) -> list[Output]:
        """What is due by now, each at its own moment, as the pages of a tick bring it."""
        outputs: list[Output] = []
        while (at := due_at(self.state)) is not None and at <= now:
            outputs += self("routing.case_due.v1", CaseDue(petition=NUMBER), at)
        return outputs


def only(outputs: Sequence[Output], kind: type[M]) -> M:
    """The one fact of that kind among others."""
    (found,) = (one for one in outputs if isinstance(one, kind))
    return found
