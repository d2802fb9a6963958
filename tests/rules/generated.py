"""Any valid district: a strategy that builds towns, zones, units, leaders, offices, ranks and grades as they come."""

from typing import Any

from hypothesis import strategies as st
from xinfang_contracts.district import District, LeaderRole, OfficeKind, UnitKind
from xinfang_contracts.intake import PetitionAccepted
from xinfang_contracts.message import Category, Rank, SkipLevel

from tests.rules.given import accepted, case_traits

CODE = "990009"
SHORT = {"code": "short", "name": "两步", "joint": False, "steps": [["petition_office"], ["principal"]]}
LONG = {
    "code": "long",
    "name": "逐级",
    "joint": True,
    "steps": [["linked_office", "petition_office"], ["zone_lead"], ["principal"]],
}
FULL = {
    "code": "full",
    "name": "逐级联审",
    "joint": True,
    "steps": [["linked_office", "petition_office", "trial_office"], ["assisting_member"], ["zone_lead"], ["principal"]],
}
CLOCKS = {
    "casework": {"length": 2, "unit": "month", "basis": "测试1"},
    "objection": {"length": 3, "unit": "calendar_day", "basis": "测试2"},
    "above": {"length": 5, "unit": "working_day", "basis": "测试3"},
}


@st.composite
def districts(draw: st.DrawFn, joint: bool = False) -> District:
    """A district that its own validators take. joint: one whose chain is the long one, with offices side by side."""
    towns = [f"{CODE}{n:03d}" for n in range(1, draw(st.integers(1, 4)) + 1)]
    leaders: list[dict[str, Any]] = [{"code": "leader_first", "title": "主要", "role": LeaderRole.PRINCIPAL}]
    leaders += [
        {"code": f"leader_deputy_{n}", "title": "分管", "role": LeaderRole.DEPUTY_SECRETARY}
        for n in range(draw(st.integers(0, 3)))
    ]
    leaders += [
        {"code": f"leader_member_{n}", "title": "协管", "role": LeaderRole.ASSISTING_MEMBER}
        for n in range(draw(st.integers(1 if joint else 0, 2)))
    ]
    zones = draw(_zones(towns, [str(one["code"]) for one in leaders]))
    offices: list[dict[str, Any]] = [{"code": "office_letters", "name": "信访室", "kind": OfficeKind.PETITION}]
    for kind in (OfficeKind.SUPERVISION, OfficeKind.TRIAL, OfficeKind.CASE_MANAGEMENT):
        count = draw(st.integers(1 if joint else 0, 2))
        offices += [{"code": f"office_{kind}_{n}", "name": "室", "kind": kind} for n in range(count)]
    supervision = [str(one["code"]) for one in offices if one["kind"] is OfficeKind.SUPERVISION]
    units = draw(_units(towns, [str(zone["code"]) for zone in zones], supervision, joint))
    for leader in leaders:
        leader["former"] = draw(st.lists(st.sampled_from([str(unit["code"]) for unit in units]), max_size=1))
    is_long = all(unit["linked_office"] and unit["zone"] for unit in units) and (joint or draw(st.booleans()))
    held = {one.get("kind", one.get("role")) for one in [*offices, *leaders]}
    is_full = is_long and {OfficeKind.TRIAL, LeaderRole.ASSISTING_MEMBER} <= held and draw(st.booleans())
    chain = FULL if is_full else LONG if is_long else SHORT
    own = draw(st.sets(st.sampled_from([Rank.STAFF, Rank.TOWNSHIP]), max_size=2))
    return District.model_validate(
        {
            "code": CODE,
            "name": "任意区",
            "organ": "任意区纪委监委",
            "towns": [{"code": town, "name": "镇"} for town in towns],
            "zones": zones,
            "units": units,
            "offices": offices,
            "leaders": leaders,
            "channels": [{"code": "letter", "name": "来信", "form": "letter"}],
            "superiors": [{"code": "superior_990000", "name": "上级", "level": "prefecture"}],
            "clocks": CLOCKS,
            "chains": [chain | {"applies_to": list(UnitKind)}],
            "review": draw(_reviewing()),
            "handling": {"own_ranks": sorted(own), "clock": "casework", **draw(_settings())},
            "remit": {
                "higher_ranks": [Rank.COUNTY, Rank.PREFECTURE, Rank.PROVINCE],
                "superior": "superior_990000",
                "clock": "above",
                "transfer_clock": "above",
                "basis": "测试4",
            },
        }
    )


@st.composite
def _reviewing(draw: st.DrawFn) -> dict[str, Any]:
    """Whether opinions must be signed, by when they are due, how often lateness is said."""
    clocks = st.sampled_from([None, "objection", "above"])
    return {
        "signatures": draw(st.sampled_from(["required", "recorded"])),
        "office_clock": draw(clocks),
        "leader_clock": draw(clocks),
        "principal_clock": draw(clocks),
        "reminders": draw(st.integers(1, 3)),
    }


@st.composite
def _zones(draw: st.DrawFn, towns: list[str], leaders: list[str]) -> list[dict[str, Any]]:
    zones: list[dict[str, Any]] = [
        {"code": f"zone_{n}", "name": "片区", "lead": draw(st.sampled_from(leaders)), "towns": []}
        for n in range(draw(st.integers(1, 3)))
    ]
    for town in towns:
        place = draw(st.integers(-1, len(zones) - 1))
        if place >= 0:
            zones[place]["towns"].append(town)
    return zones


@st.composite
def _units(
    draw: st.DrawFn, towns: list[str], zones: list[str], offices: list[str], joint: bool
) -> list[dict[str, Any]]:
    units = []
    nobody = st.nothing() if joint else st.none()
    for n, kind in enumerate(draw(st.lists(st.sampled_from(UnitKind), min_size=1, max_size=8))):
        units.append(
            {
                "code": f"unit_{n}",
                "name": "单位",
                "kind": kind,
                "town": draw(st.sampled_from(towns)) if kind is UnitKind.TOWN else None,
                "zone": draw(nobody | st.sampled_from(zones)),
                "linked_office": draw(nobody | st.sampled_from(offices)) if offices else None,
            }
        )
    return units


@st.composite
def _settings(draw: st.DrawFn) -> dict[str, Any]:
    """Objections, the superior's clock, difficulty and grades; each may be left out."""
    rules = [
        {"code": "crowd", "fact": "people", "at_least": 5, "points": draw(st.integers(1, 4))},
        {"code": "money", "fact": "amount_yuan", "at_least": 1000, "points": draw(st.integers(1, 4))},
        {"code": "urgent", "fact": "urgent", "points": 2},
        {"code": "repeat", "fact": "repeat", "points": 1},
        {"code": "skipped", "fact": "skip_level", "among": ["central"], "points": 2},
        {"code": "bribes", "fact": "category", "among": ["bribery"], "points": 1},
        {"code": "staff", "fact": "rank", "among": ["staff"], "points": 1},
    ]
    most = sum(int(str(rule["points"])) for rule in rules)
    modes = draw(st.permutations(["zone_assisted", "crossed", "take_up"]))[: draw(st.integers(0, 3))]
    # Often within easy reach: what is never difficult shows no mode.
    reach = st.sampled_from([1, 2, 3, 4, most])
    points = draw(st.lists(reach, min_size=len(modes), max_size=len(modes), unique=True))
    return {
        "difficulty": rules if modes else draw(st.sampled_from([[], rules])),
        "grades": dict(zip(modes, points, strict=True)),
        "objection_clock": draw(st.sampled_from([None, "objection", "objection"])),
        "bounces": draw(st.integers(0, 3)),
        "superior_clock": draw(st.sampled_from([None, "above"])),
    }


@st.composite
def acceptances(draw: st.DrawFn, district: District, serial: int = 17) -> PetitionAccepted:
    """An acceptance as screening may say it: any place, rank and ties, down to everybody."""
    units = [unit.code for unit in district.units]
    everybody = [*units, *(one.code for one in district.offices), *(one.code for one in district.leaders)]
    maybe_unit = st.none() | st.sampled_from(units)
    accused = draw(maybe_unit)
    tied = draw(st.sets(st.sampled_from(everybody), max_size=3) | st.sets(st.sampled_from(units)) | st.just(set(units)))
    about = case_traits(
        town=draw(st.none() | st.sampled_from([town.code for town in district.towns])),
        rank=draw(st.sampled_from([Rank.STAFF, Rank.TOWNSHIP, Rank.VILLAGE_OR_OTHER])),
        category=draw(st.sampled_from([Category.BRIBERY, Category.LIFE])),
        first_time=draw(st.booleans()),
        skip_level=draw(st.none() | st.sampled_from(SkipLevel)),
    )
    return accepted(
        f"{district.code}-2023-{serial:06d}",
        about=about,
        responsible_unit=draw(maybe_unit),
        accused_unit=accused,
        excluded=sorted({*tied, *([accused] if accused else []), *district.formerly_of(accused)}),
        people=draw(st.none() | st.integers(1, 9)),
        amount_yuan=draw(st.none() | st.sampled_from([10, 5000])),
        urgent=draw(st.booleans()),
    )
