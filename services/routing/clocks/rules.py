"""Clocks by command: start, stop, extend, suspend, resume; and what a superior grants. Functions of values."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeGuard

from xinfang_contracts.clocks import (
    ClockExtended,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    ClockSuspended,
    ExtendClock,
    ExtensionRefused,
    ResumeClock,
    StartClock,
    StopClock,
    SuspendClock,
)
from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.outside import SuperiorDecided

from services.runtime.clock import civil_date, start_of
from services.runtime.errors import NotYet
from services.runtime.rules import Notice, Output, Refused, is_ours

from ..facts import Facts
from ..state import Closed, Open, SentUp, State, beside_in, handling_in, holder_of, running_in
from .arrangement import warn_of
from .counting import extend, start
from .state import Running, Step, has_run_out

_Command = StartClock | StopClock | ExtendClock | SuspendClock | ResumeClock
_HEARD_OFFICES = (OfficeKind.PETITION, OfficeKind.CASE_MANAGEMENT, OfficeKind.TRIAL)


def start_clock(state: State, message: StartClock, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Start a clock of the district file: one at a time of a name, of an open case or, as 复查 and 复核, after it."""
    if not _hears(state, message, facts):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    district = facts.district
    if message.clock not in district.clocks or message.clock in _handling_clocks(district):
        return [Refused(RefusalReason.UNKNOWN_CLOCK)]
    if _found(state, message.clock) is not None:
        return [Refused(RefusalReason.CLOCK_RUNS)]
    if message.since is not None and message.since > civil_date(now):
        return [Refused(RefusalReason.WRONG_DATE)]
    clock = start(district, message.clock, now if message.since is None else start_of(message.since))
    fact = ClockStarted(petition=message.petition, unit=state.unit, clock=clock, started_by=facts.actor)
    return [*_tell(fact, state, facts), *warn_of(clock, facts, now)]


def stop_clock(state: State, message: StopClock, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """What it was for is done. The handling clock stops with the case alone."""
    if not _hears(state, message, facts):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    found = _found(state, message.clock)
    if found is None or _is_handling(state, found):
        return [Refused(RefusalReason.UNKNOWN_CLOCK)]
    fact = ClockStopped(petition=message.petition, unit=state.unit, clock=found.clock, reason="done")
    return _tell(fact, state, facts)


def extend_clock(state: State, message: ExtendClock, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """By a leader of the approving role who is not excluded, before the clock has run out, within the cap (条例34)."""
    if not _hears(state, message, facts):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    found = _found(state, message.clock)
    if found is None:
        return [Refused(RefusalReason.UNKNOWN_CLOCK)]
    known = facts.district.clocks.get(message.clock)
    extension = None if known is None else known.extension
    if extension is None:
        return [Refused(RefusalReason.NOT_SET_UP)]
    if facts.actor not in {leader.code for leader in facts.district.leaders_of(extension.approver)}:
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if has_run_out(found):
        return [Refused(RefusalReason.TOO_LATE)]
    if found.progress.is_suspended:
        return [Refused(RefusalReason.CLOCK_STANDS)]
    granted = sum(step.kind == "extended" and not step.by_superior for step in found.progress.steps)
    if granted >= extension.times or message.length > extension.length:
        return [Refused(RefusalReason.CAP_REACHED)]
    step = Step(kind="extended", length=message.length, unit=extension.unit)
    clock = extend(facts.district, found.clock, found.progress, step)
    fact = ClockExtended(
        petition=message.petition,
        unit=state.unit,
        clock=clock,
        due_before=found.clock.due_at,
        length=message.length,
        length_unit=extension.unit,
        decided_by=facts.actor,
        rule="own_leader",
        reason=message.reason,
        document=message.document,
    )
    return [*_tell(fact, state, facts), *warn_of(clock, facts, now)]


def extend_from_above(state: State, message: SuperiorDecided, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A superior gives the handling clock more time, also once it has run out and while the superior has the case:
    until the day it names, else as much as the district file allows a leader. It says so of nothing else, and takes no
    time away. Where nothing comes of it, it is told why.
    """
    if message.matter != "extend" or not message.approved:
        return []
    if state is None or (message.acceptance or 0) > state.acceptance:
        raise NotYet
    if not isinstance(state, Open | SentUp) or message.acceptance not in (None, state.acceptance):
        return _refused(message, RefusalReason.ALREADY_DECIDED, facts)
    found = handling_in(state)
    if found is None:
        return _refused(message, RefusalReason.UNKNOWN_CLOCK, facts)
    known = facts.district.clocks.get(found.clock.name)
    extension = None if known is None else known.extension
    if found.progress.is_suspended:
        return _refused(message, RefusalReason.CLOCK_STANDS, facts)
    if message.until is not None:
        step = Step(kind="until", on=message.until, by_superior=True)
    elif extension is not None:
        step = Step(kind="extended", length=extension.length, unit=extension.unit, by_superior=True)
    else:
        return _refused(message, RefusalReason.NOT_SET_UP, facts)
    clock = extend(facts.district, found.clock, found.progress, step)
    if clock.due_at <= found.clock.due_at:
        return _refused(message, RefusalReason.CONTRADICTORY, facts)
    fact = ClockExtended(
        petition=message.petition,
        unit=holder_of(state),
        clock=clock,
        due_before=found.clock.due_at,
        length=step.length or None,
        length_unit=step.unit if step.length else None,
        until=message.until,
        decided_by=message.superior,
        rule="superior",
    )
    return [*_tell(fact, state, facts), *warn_of(clock, facts, now)]


def _refused(message: SuperiorDecided, reason: RefusalReason, facts: Facts) -> list[Output]:
    """To the superior and case management; it is no command of routing's, which would be answered by itself."""
    fact = ExtensionRefused(
        petition=message.petition, superior=message.superior, on=message.on, until=message.until, reason=reason
    )
    return [fact, *(Notice(actor, fact) for actor in [message.superior, *_managers(facts.district)])]


def suspend_clock(state: State, message: SuspendClock, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The time of a hearing does not count (条例36); only of clocks of which the district file says that they stand."""
    if not _hears(state, message, facts):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    found = _found(state, message.clock)
    if found is None:
        return [Refused(RefusalReason.UNKNOWN_CLOCK)]
    known = facts.district.clocks.get(message.clock)
    if known is None or not known.suspends:
        return [Refused(RefusalReason.NOT_SET_UP)]
    if has_run_out(found):
        return [Refused(RefusalReason.TOO_LATE)]
    if found.progress.is_suspended:
        return [Refused(RefusalReason.CLOCK_STANDS)]
    fact = ClockSuspended(
        petition=message.petition,
        unit=state.unit,
        clock=found.clock,
        on=civil_date(now),
        reason=message.reason,
        document=message.document,
    )
    return _tell(fact, state, facts)


def resume_clock(state: State, message: ResumeClock, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The time that was left goes on."""
    if not _hears(state, message, facts):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    found = _found(state, message.clock)
    if found is None:
        return [Refused(RefusalReason.UNKNOWN_CLOCK)]
    if not found.progress.is_suspended:
        return [Refused(RefusalReason.CLOCK_RUNS)]
    on = civil_date(now)
    clock = extend(facts.district, found.clock, found.progress, Step(kind="resumed", on=on))
    fact = ClockResumed(petition=message.petition, unit=state.unit, clock=clock, due_before=found.clock.due_at, on=on)
    return [*_tell(fact, state, facts), *warn_of(clock, facts, now)]


def stop_all(state: State, petition: str, reason: str) -> list[Output]:
    """With its case every clock stops; of the handling clock the end of the case says so."""
    if not isinstance(state, Open | SentUp | Closed):
        return []
    unit = holder_of(state)
    return [
        ClockStopped.model_validate({"petition": petition, "unit": unit, "clock": one.clock, "reason": reason})
        for one in beside_in(state)
    ]


def _hears(state: State, message: _Command, facts: Facts) -> TypeGuard[Open | Closed]:
    """Whether the case is there for who speaks: its unit, an office that follows it, a leader; nobody excluded."""
    if not isinstance(state, Open | Closed) or not is_ours(message.petition, facts.district):
        return False
    if facts.actor in state.hands.excluded:
        return False
    return facts.actor in _concerned(state, facts.district)


def _concerned(state: Open | Closed, district: District) -> Iterator[str]:
    yield state.unit
    unit = district.unit(state.unit)
    if unit is not None and unit.linked_office is not None:
        yield unit.linked_office
    yield from (office.code for office in district.offices if office.kind in _HEARD_OFFICES)
    yield from (leader.code for leader in district.leaders)


def _handling_clocks(district: District) -> tuple[str | None, ...]:
    return district.handling.clock, district.handling.assigned_clock


def _found(state: Open | Closed, name: str) -> Running | None:
    return next((one for one in running_in(state) if one.clock.name == name), None)


def _is_handling(state: Open | Closed, one: Running) -> bool:
    return isinstance(state, Open) and one.clock is state.clock


def _tell(fact: Message, state: Open | Closed | SentUp, facts: Facts) -> list[Output]:
    """Who has it and case management; whoever spoke is answered anyway."""
    told = [holder_of(state), *_managers(facts.district)]
    return [fact, *(Notice(one, fact) for one in told if one not in state.hands.excluded and one != facts.actor)]


def _managers(district: District) -> list[str]:
    return [office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
