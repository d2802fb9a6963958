"""How a clock comes to its last day, told day by day (``xinfang clock``). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from xinfang_contracts.district import District
from xinfang_contracts.routing import Clock

from services.runtime.calendar import is_working_day, name_of
from services.runtime.clock import ZONE, civil_date

from .counting import start, unarranged_years

_UNITS = {
    "working_day": ("个工作日", "working days"),
    "calendar_day": ("日(自然日)", "calendar days"),
    "month": ("个月", "months"),
}
_WEEKDAYS = "一二三四五六日"
_COLOURS = {"blue": ("蓝色", "blue"), "yellow": ("黄色", "yellow"), "red": ("红色", "red")}
Kind = Literal["counted", "made_up", "weekend", "holiday"]
_KINDS: dict[Kind, tuple[str, str]] = {
    "counted": ("计入", "counted"),
    "made_up": ("计入,调休上班", "counted, a made-up working day"),
    "weekend": ("不计,周末", "not counted, weekend"),
    "holiday": ("不计,放假", "not counted, day off"),
}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a count in working days. number: which of the counted days it is; name: of the holiday, if known."""

    on: date
    kind: Kind
    number: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Working:
    """A clock and how it was counted; days only where they are counted one by one."""

    clock: Clock
    days: list[Day]
    unarranged: list[int]

    @property
    def last(self) -> date:
        """Its last day, which it has to its end."""
        return civil_date(self.clock.due_at - timedelta(microseconds=1))


def work_out(district: District, name: str, begun: datetime) -> Working:
    """The clock of that name, started then. KeyError where the district file has none."""
    clock = start(district, name, begun)
    found = Working(clock, [], unarranged_years(district, clock))
    if clock.unit == "working_day":
        found.days.extend(_days(district, civil_date(begun), found.last))
    return found


def _days(district: District, begun: date, last: date) -> Iterator[Day]:
    number, day = 0, begun
    while day < last:
        day += timedelta(days=1)
        is_weekend = day.weekday() >= 5
        if is_working_day(day, district.calendar):
            number += 1
            yield Day(day, "made_up" if is_weekend else "counted", number)
        else:
            name = name_of(day, district.calendar)
            yield Day(day, "weekend" if is_weekend and not name else "holiday", None, name)


def as_json(found: Working) -> dict[str, Any]:
    """For scripts."""
    clock = found.clock
    return {
        "clock": clock.name,
        "length": clock.length,
        "unit": clock.unit,
        "basis": clock.basis,
        "started_at": clock.started_at.astimezone(ZONE).isoformat(),
        "due_at": clock.due_at.isoformat(),
        "last_day": found.last.isoformat(),
        "provisional": clock.provisional,
        "unarranged_years": found.unarranged,
        "warnings": {one.colour.value: one.at.isoformat() for one in clock.warnings},
        "days": [
            {"on": day.on.isoformat(), "kind": day.kind, "number": day.number, "holiday": day.name or None}
            for day in found.days
        ],
    }


def as_lines(found: Working, district: District) -> Iterator[str]:
    """For people: Chinese first, English beside."""
    clock, known = found.clock, district.clocks[found.clock.name]
    chinese, english = _UNITS[known.unit]
    setting = ",数值为设定" if known.setting else ""
    yield f"{clock.name}: {known.length} {chinese} / {known.length} {english}({clock.basis}{setting})"
    yield f"起 / from: {_moment(clock.started_at)},当日不计 / that day is not counted"
    for day in found.days:
        which, beside = _KINDS[day.kind]
        number = f"{day.number:>3}" if day.number else "  -"
        name = f" {day.name}" if day.name else ""
        yield f"  {day.on} 周{_WEEKDAYS[day.on.weekday()]} {number}  {which} / {beside}{name}"
    if known.unit == "month":
        yield "  到期月没有同一日的,止于当月最后一日 / without a day of that number, the month's last day"
    yield f"止 / last day: {found.last} 周{_WEEKDAYS[found.last.weekday()]}"
    yield f"届满 / runs out: {_moment(clock.due_at)}"
    for one in clock.warnings:
        yield f"预警 / warning: {_COLOURS[one.colour][0]} {_COLOURS[one.colour][1]} {_moment(one.at)}"
    for year in found.unarranged:
        yield (
            f"注意: {year} 年的放假安排还不知道,结果是暂定的,请在区文件 calendar 中补正"
            f" / the holidays of {year} are not known yet: provisional, see calendar in the district file"
        )


def _moment(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
