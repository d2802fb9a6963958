"""The two district files that are kept load whole; a district answers; no code names any one district."""

import re
import shutil
from pathlib import Path

import pytest
from xinfang_contracts.district import District, UnitKind

from services.runtime.districts import load_district, load_districts

ROOT = Path(__file__).parents[2]
YANFENG = ROOT / "deploy/districts/yanfeng.yaml"
VILLAGES = ROOT / "deploy/districts/yanfeng-villages.csv"
LIUYUAN = ROOT / "tests/districts/liuyuan.yaml"
ITS_NAMES = re.compile("430406|雁峰|衡阳")


@pytest.fixture(scope="module")
def yanfeng() -> District:
    return load_district(YANFENG)


@pytest.fixture(scope="module")
def liuyuan() -> District:
    return load_district(LIUYUAN)


def test_yanfeng_has_its_towns_villages_and_zones(yanfeng: District) -> None:
    assert (yanfeng.code, yanfeng.name) == ("430406", "雁峰区")
    assert {town.code: len(town.villages) for town in yanfeng.towns} == {
        "430406001": 4,
        "430406002": 7,
        "430406003": 4,
        "430406004": 15,
        "430406005": 8 + 6,
        "430406100": 10,
    }
    assert [len(zone.towns) for zone in yanfeng.zones] == [3, 3]
    kinds = [unit.kind for unit in yanfeng.units]
    assert [kinds.count(kind) for kind in (UnitKind.TOWN, UnitKind.STATIONED, UnitKind.ORGAN)] == [6, 5, 2]
    assert len(yanfeng.channels) == 11


def test_the_industrial_park_belongs_to_baishazhou(yanfeng: District) -> None:
    park = [f"430406400{village}" for village in range(409, 415)]
    assert {yanfeng.town_of(village) for village in park} == {"430406005"}
    assert next(town.name for town in yanfeng.towns if town.code == "430406005") == "白沙洲街道"


def test_yanfeng_marks_the_clocks_that_no_source_gives(yanfeng: District) -> None:
    assert {name for name, clock in yanfeng.clocks.items() if clock.setting} == {
        "handling",
        "trial",
        "referral_follow_up",
        "superior_decision",
        "supervision_letter",
        "office_opinion",
        "leader_opinion",
        "principal_opinion",
    }
    notice = yanfeng.clocks["acceptance_notice"]
    assert (notice.length, notice.unit, notice.basis) == (15, "working_day", "规则26")


def test_yanfeng_names_no_person(yanfeng: District) -> None:
    assert [leader.names for leader in yanfeng.leaders] == [[]] * 5


def test_liuyuan_has_another_shape(liuyuan: District) -> None:
    assert [len(zone.towns) for zone in liuyuan.zones] == [1, 0, 0, 0, 0]
    assert [chain.steps for chain in liuyuan.chains] == [[["petition_office"], ["principal"]]]
    assert set(liuyuan.chains[0].applies_to) == set(UnitKind)
    assert liuyuan.town_of("990001100202") == "990001100"


def test_a_place_has_a_town_and_a_unit_a_zone(liuyuan: District) -> None:
    assert [liuyuan.town_of(place) for place in ("990001100", "990001100999", None)] == [
        "990001100",
        None,
        None,
    ]
    zones = {unit.code: liuyuan.zone_of(unit) for unit in liuyuan.units}
    assert {code: zone and zone.code for code, zone in zones.items()} == {
        "unit_willow": "middle",
        "unit_water": "east",
        "unit_school": "south",
        "unit_road": "west",
        "unit_clinic": "north",
        "unit_inspection": None,
    }
    unit, channel = liuyuan.unit("unit_water"), liuyuan.channel("site")
    assert unit in liuyuan.units and channel in liuyuan.channels
    assert liuyuan.unit("unit_nobody") is None and liuyuan.channel("nothing") is None


def test_actors_stand_in_file_order(liuyuan: District) -> None:
    actors = liuyuan.actors()
    assert actors[0] == "office_letters" and actors[-1] == "superior_990000"
    assert len(actors) == len(set(actors)) == 2 + 6 + 3 + 1 + 1


def test_looking_things_up_changes_neither_equality_nor_what_is_written(liuyuan: District) -> None:
    asked, fresh = load_district(LIUYUAN), load_district(LIUYUAN)
    before = fresh.model_dump_json()
    asked.town_of("990001100"), asked.unit("x"), asked.channel("x"), asked.zone_of(asked.units[0])
    assert asked.revision == fresh.revision == liuyuan.revision
    assert asked == fresh and asked.model_dump_json() == before and asked.model_dump() == fresh.model_dump()
    assert District.model_validate_json(before) == asked


def test_a_changed_copy_answers_for_itself(liuyuan: District) -> None:
    old = liuyuan.revision
    assert liuyuan.town_of("990001100201") and liuyuan.unit("unit_road")
    town = liuyuan.towns[0].model_copy(update={"villages": []})
    copy = liuyuan.model_copy(update={"towns": [town], "units": liuyuan.units[:1]})
    assert copy.town_of("990001100201") is None and copy.unit("unit_road") is None
    assert copy.revision != old == liuyuan.revision


def test_a_table_with_a_byte_order_mark_and_villages_written_inline_go_together(tmp_path: Path) -> None:
    text = LIUYUAN.read_text(encoding="utf-8") + "villages: {file: more.csv}\n"
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8-sig")
    rows = "town_code,name,code\r\n990001100,远柳村,990001100203\r\n"
    (tmp_path / "more.csv").write_text(rows, encoding="utf-8-sig")
    names = [village.name for village in load_district(tmp_path / "x.yaml").towns[0].villages]
    assert names == ["柳原社区", "上柳村", "下柳村", "远柳村"]


def test_districts_of_a_folder_or_a_file_stand_by_code(tmp_path: Path) -> None:
    for file in (YANFENG, VILLAGES, LIUYUAN):
        shutil.copy(file, tmp_path)
    shutil.copytree(YANFENG.parent / "terms", tmp_path / "terms")
    assert set(load_districts(tmp_path)) == {"430406", "990001"}
    assert load_districts(LIUYUAN) == {"990001": load_district(LIUYUAN)}


def places_of_its_names(*folders: Path) -> list[str]:
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    assert files, "nothing was looked through"
    return [
        f"{file}:{number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if ITS_NAMES.search(line)
    ]


def test_no_code_names_the_first_district() -> None:
    assert places_of_its_names(ROOT / "services", ROOT / "contracts") == []


def test_a_name_of_the_first_district_in_code_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text('"""For example 430406."""\nX = "衡阳"\nY = 1\n', encoding="utf-8")
    assert places_of_its_names(tmp_path) == [f"{tmp_path}/rule.py:1", f"{tmp_path}/rule.py:2"]
