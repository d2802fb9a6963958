"""A wrong district file is refused with its line and the reason, whatever is wrong with it."""

import shutil
from pathlib import Path

import pytest

from services.runtime.districts import DistrictError, load_district, load_districts

ROOT = Path(__file__).parents[2]
YANFENG = ROOT / "deploy/districts/yanfeng.yaml"
VILLAGES = ROOT / "deploy/districts/yanfeng-villages.csv"
LIUYUAN = ROOT / "tests/districts/liuyuan.yaml"


def edited(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def line_of(text: str, mark: str) -> int:
    assert mark in text
    return text[: text.rindex(mark)].count("\n") + 1


def refusal(file: Path) -> list[str]:
    with pytest.raises(DistrictError) as caught:
        load_district(file)
    return str(caught.value).splitlines()


# What is edited in the good text; the new text; what stands in the line to be named; path and reason.
WRONG = {
    "syntax": ("name: 柳原区\n", "name: [柳原区\n", "organ: ", "YAML 写法错误 / YAML error"),
    "unknown key": (
        "    villages:\n",
        "    vilages:\n",
        "vilages:",
        "towns[0].vilages: 没有这个键, 可用 / unknown key, did you mean: villages",
    ),
    "unknown key in a clock": (
        "{length: 45, unit",
        "{lenght: 45, unit",
        "lenght",
        "clocks.casework.lenght: 没有这个键, 可用 / unknown key, did you mean: length",
    ),
    "unknown key at the top": (
        "receivers:\n",
        "recievers:\n",
        "recievers",
        "recievers: 没有这个键, 可用 / unknown key, did you mean: receivers",
    ),
    "text for a number": (
        "{length: 45,",
        '{length: "45",',
        "casework: {",
        "clocks.casework.length: 应为整数 / Input should be a valid integer",
    ),
    "a word for a truth": (
        "joint: false",
        "joint: 1",
        "joint: 1",
        "chains[0].joint: 应为 true 或 false / Input should be a valid boolean",
    ),
    "a text for a list": (
        "applies_to: [town, stationed, organ]",
        "applies_to: town",
        "applies_to: town",
        "chains[0].applies_to: 应为列表 / Input should be a valid",
    ),
    "no such choice": (
        "form: letter",
        "form: pigeon",
        "pigeon",
        "channels[0].form: 不在可选值之内 / Input should be 'letter'",
    ),
    "too long a clock": (
        "{length: 45,",
        "{length: 401,",
        "casework: {",
        "clocks.casework.length: 太大 / Input should be less than or equal to 400",
    ),
    "too short a clock": (
        "{length: 45,",
        "{length: 0,",
        "casework: {",
        "clocks.casework.length: 太小 / Input should be greater than or equal to 1",
    ),
    "half a day": (
        "{length: 45,",
        "{length: 4.5,",
        "casework: {",
        "clocks.casework.length: 应为整数 / Input should be a valid integer",
    ),
    "too long a name": (
        "name: 柳原区\n",
        f"name: {'柳' * 61}\n",
        "柳" * 61,
        "name: 太长 / String should have at most 60 characters",
    ),
    "nothing for a name": (
        "name: 柳原区\n",
        "name:\n",
        "name:\norgan",
        "name: 应为文字 / Input should be a valid",
    ),
    "no such level": (
        "level: prefecture",
        "level: village",
        "level: village",
        "superiors[0].level: 不在可选值之内 / Input should be 'prefecture'",
    ),
    "a text for a mapping": (
        LIUYUAN.read_text("utf-8").partition("\nhandling:")[2].partition("\n\n")[0],
        " casework",
        "handling:",
        "handling: 应为键值表 / Input should be an object",
    ),
    "an empty step": (
        "- [petition_office]",
        "- []",
        "- []",
        "chains[0].steps[0]: 至少要有一项 / List should have at least 1 item",
    ),
    "blank in a basis": (
        "柳原办法3",
        "柳原 办法3",
        "柳原 办法3",
        "clocks.casework.basis: 写法不对 / String should match",
    ),
    "bad clock name": (
        "  casework: {",
        "  Casework: {",
        "Casework",
        "clocks.Casework: 写法不对 / String should",
    ),
    "missing field": (
        "{code: unit_road, name: 驻交通局纪检监察组, kind: stationed, zone: west}",
        "{code: unit_road, name: 驻交通局纪检监察组, zone: west}",
        "unit_road",
        "units[3].kind: 缺少这一项 / Field required",
    ),
    "missing field of a mapping below its key": (
        "  own_ranks: [staff]\n  clock: casework\n",
        "  own_ranks: [staff]\n",
        "handling:",
        "handling.clock: 缺少这一项 / Field required",
    ),
    "missing field at the top": (
        "name: 柳原区\n",
        "",
        'code: "990001"\n',
        "name: 缺少这一项 / Field required",
    ),
    "unquoted code": (
        'code: "990001100201"',
        "code: 990001100201",
        "上柳村",
        'towns[0].villages[1].code: 请加引号 / must be quoted: "990001100201"',
    ),
    "unquoted octal": (
        'code: "990001"\n',
        "code: 010001\n",
        "010001",
        'code: 请加引号 / must be quoted: "010001"',
    ),
    "unquoted date": (
        "name: 柳原区\n",
        "name: 2023-01-01\n",
        "2023-01-01",
        'name: 请加引号 / must be quoted: "2023-01-01"',
    ),
    "unreadable number": (
        "{length: 45,",
        "{length: !!int many,",
        "many",
        'clocks.casework.length: 请加引号 / must be quoted: "many"',
    ),
    "key twice": ("name: 柳原镇\n", "name: 柳原镇\n    name: 杨原镇\n", "杨原镇", "towns[0]: name 键重复"),
    "top key twice": (
        "receivers:\n",
        "organ: 又一个\nreceivers:\n",
        "又一个",
        "organ 键重复 / this key stands",
    ),
    "a list for a key": (
        "receivers:\n",
        "? [a, b]\n: c\nreceivers:\n",
        "? [a, b]",
        "键应为文字 / a key must be text",
    ),
    "alias": (
        "own_ranks: [staff]\n",
        "own_ranks: &ranks [staff]\n  more: *ranks\n",
        "*ranks",
        "不可用别名 / aliases are refused",
    ),
    "tag": (
        "own_ranks: [staff]",
        "own_ranks: !!set {staff}",
        "!!set",
        "handling.own_ranks: 不可用标签 / tag tag:yaml.org,2002:set is refused",
    ),
    "depth": ("own_ranks: [staff]", f"own_ranks: {'[' * 5000}", "own_ranks", "嵌套太深 / nested too deep"),
    "control character": ("name: 柳原区\n", "name: 柳\x07原区\n", "\x07", "有不可用的字符 / has a forbidden"),
    "second document": ("remit:\n", "---\nremit:\n", "---", "YAML 写法错误 / YAML error: but found another"),
    "no such leader": (
        "name: 西片区, lead: leader_third",
        "name: 西片区, lead: leader_ninth",
        "西片区",
        "zones[3].lead: leader_ninth 不存在 / does not exist in this file",
    ),
    "no such town": (
        'lead: leader_second, towns: ["990001100"]',
        'lead: leader_second, towns: ["990001100", "990001101"]',
        "990001101",
        "zones[0].towns[1]: 990001101 不存在 / does not exist in this file",
    ),
    "no such zone": ("zone: north", "zone: up", "zone: up", "units[4].zone: up 不存在 / does not exist"),
    "no such office": (
        "linked_office: office_inspection",
        "linked_office: office_none",
        "office_none",
        "units[0].linked_office: office_none 不存在 / does not exist",
    ),
    "no such partner": (
        "partner: partner_willow_app",
        "partner: partner_oak",
        "partner_oak",
        "channels[4].partner: partner_oak 不存在 / does not exist",
    ),
    "a hotline that is no call": (
        "name: 柳原举报网, form: net",
        "name: 柳原举报网, form: net, adapter: hotline",
        "柳原举报网",
        "channels[3].adapter: hotline 与形式 net 不符 / does not fit this form",
    ),
    "a partner's channel with a door of ours": (
        "partner: partner_willow_app}",
        "partner: partner_willow_app, adapter: wechat}",
        "adapter",
        "channels[4].adapter: 合作系统自行报送 / its partner hands in by itself",
    ),
    "no such clock": ("clock: casework", "clock: none", "clock: none", "handling.clock: none 不存在"),
    "no such clock of objections": (
        "objection_clock: objection",
        "objection_clock: none",
        "objection_clock",
        "handling.objection_clock: none 不存在",
    ),
    "no such former unit": (
        "former: [unit_school]",
        "former: [unit_nowhere]",
        "unit_nowhere",
        "leaders[1].former[0]: unit_nowhere 不存在",
    ),
    "difficulty twice": (
        "code: central,",
        "code: crowd,",
        "code: crowd, fact: skip",
        "handling.difficulty[1].code: crowd 重复",
    ),
    "difficulty without a measure": (
        "fact: people, at_least: 3,",
        "fact: people,",
        "fact: people",
        "handling.difficulty[0].at_least: people 不按此比较, 或缺少",
    ),
    "difficulty by what is no measure": (
        "fact: people, at_least: 3,",
        "fact: urgent, at_least: 3,",
        "fact: urgent",
        "handling.difficulty[0].at_least: urgent 不按此比较",
    ),
    "difficulty among what is no list": (
        "fact: people, at_least: 3,",
        "fact: repeat, among: [staff],",
        "fact: repeat",
        "handling.difficulty[0].among: repeat 不按此比较",
    ),
    "difficulty among nothing": (
        "fact: people, at_least: 3,",
        "fact: rank,",
        "fact: rank",
        "handling.difficulty[0].among: 缺少",
    ),
    "difficulty among what is not": (
        "among: [central]",
        "among: [moon]",
        "moon",
        "handling.difficulty[1].among[0]: moon 不存在 / there is no such value",
    ),
    "a grade that nothing reaches": (
        "take_up: 9",
        "take_up: 10",
        "take_up: 10",
        "handling.grades.take_up: 至多 9 分 / can never be reached",
    ),
    "a grade twice": ("take_up: 9", "take_up: 4", "take_up: 4", "handling.grades.take_up: 4 重复 / stands twice"),
    "no such superior": (
        "superior: superior_990000",
        "superior: superior_1",
        "superior_1",
        "remit.superior: superior_1 不存在 / does not exist",
    ),
    "no such partner of a receiver": (
        "name: 柳原区法院}",
        "name: 柳原区法院, partner: partner_oak}",
        "partner_oak",
        "receivers[0].partner: partner_oak 不存在 / does not exist",
    ),
    "no such clock to report up": ("clock: up_report", "clock: none", "clock: none", "remit.clock: none 不存在"),
    "no such clock of transfers": (
        "transfer_clock: lower_transfer",
        "transfer_clock: none",
        "transfer_clock: none",
        "remit.transfer_clock: none 不存在",
    ),
    "no such town of a unit": (
        'town: "990001100", linked',
        'town: "990001999", linked',
        "990001999",
        "units[0].town: 990001999 不存在 / does not exist in this file",
    ),
    "no such office of a leader": (
        "role: principal}",
        "role: principal, offices: [office_none]}",
        "office_none",
        "leaders[0].offices[0]: office_none 不存在 / does not exist in this file",
    ),
    "town twice": (
        "zones:\n",
        '  - {code: "990001100", name: 又一镇}\nzones:\n',
        "又一镇",
        "towns[1].code: 990001100 重复 / stands twice, first at towns[0].code",
    ),
    "town in two zones": (
        "name: 东片区, lead: leader_second, towns: []",
        'name: 东片区, lead: leader_second, towns: ["990001100"]',
        "东片区",
        "zones[1].towns[0]: 990001100 重复 / stands twice, first at zones[0].towns[0]",
    ),
    "channel twice": ("code: site", "code: post", "柳原举报网", "channels[3].code: post 重复 / stands twice"),
    "chain twice": (
        "handling:\n",
        "  - {code: short, name: 又一链, joint: true, applies_to: [town], steps: [[principal]]}\nhandling:\n",
        "又一链",
        "chains[1].code: short 重复 / stands twice, first at chains[0].code",
    ),
    "village twice": (
        '"990001100202"',
        '"990001100201"',
        "下柳村",
        "towns[0].villages[2].code: 990001100201 重复 / stands twice, first at towns[0].villages[1].code",
    ),
    "actor twice": ("code: unit_school", "code: unit_water", "驻教育局", "units[2].code: unit_water 重复"),
    "channel name twice": (
        "name: 接待窗口",
        "name: 邮寄",
        "counter",
        "channels[1].name: 邮寄 重复 / stands twice",
    ),
    "receiver twice": ("code: bureau", "code: tribunal", "区信访局", "receivers[1].code: tribunal 重复"),
    "zone twice": ("{code: east", "{code: middle", "东片区", "zones[1].code: middle 重复 / stands twice"),
    "kind in two places": (
        "applies_to: [town, stationed, organ]",
        "applies_to: [town, stationed, organ, town]",
        "applies_to",
        "chains[0].applies_to[3]: town 重复 / stands twice",
    ),
    "reviewer twice": (
        "      - [principal]",
        "      - [principal, petition_office]",
        "[principal, petition_office]",
        "chains[0].steps[1][1]: petition_office 重复 / stands twice",
    ),
    "kind without a chain": (
        "applies_to: [town, stationed, organ]",
        "applies_to: [town, stationed]",
        "unit_inspection",
        "units[5].kind: organ 没有审阅链 / no chain applies to it",
    ),
    "chain for nothing": (
        "applies_to: [town, stationed, organ]",
        "applies_to: []",
        "applies_to: []",
        "chains[0].applies_to: 至少要有一项 / the chain applies to nothing",
    ),
    "no trial office": (
        "- [petition_office]",
        "- [petition_office, trial_office]",
        "trial_office",
        "chains[0].steps[0][1]: trial_office 无人担任 / nobody in this file is that",
    ),
    "no case-management office": (
        "- [petition_office]",
        "- [case_management_office]",
        "case_management_office",
        "chains[0].steps[0][0]: case_management_office 无人担任 / nobody in this file is that",
    ),
    "no assisting member": (
        "- [petition_office]",
        "- [petition_office]\n      - [assisting_member]",
        "assisting_member",
        "chains[0].steps[1][0]: assisting_member 无人担任 / nobody in this file is that",
    ),
    "chain needs a linked office": (
        "- [petition_office]",
        "- [linked_office]",
        "unit_water",
        "units[1].linked_office: 审阅链要用到 / chain short needs it",
    ),
    "chain needs a zone": (
        "- [petition_office]",
        "- [zone_lead]",
        "unit_inspection",
        "units[5].zone: 不属任何片区 / in no zone; chain short needs its lead",
    ),
    "linked to the wrong office": (
        "linked_office: office_inspection",
        "linked_office: office_letters",
        "linked_office: office_letters",
        "units[0].linked_office: 不是纪检监察室 / is not an office of kind supervision",
    ),
    "no petition office": (
        "name: 信访科, kind: petition",
        "name: 信访科, kind: trial",
        "offices:",
        "offices: 没有信访室 / no office of kind petition",
    ),
    "no principal": (
        "role: principal",
        "role: assisting_member",
        "leaders:",
        "leaders: 主要负责同志应有且只有一名 / there must be exactly one principal",
    ),
    "town unit without a town": (
        'kind: town, town: "990001100",',
        "kind: town, zone: east,",
        "unit_willow",
        "units[0].town: 缺少所在镇街 / a town's unit must name its town",
    ),
    "leader among offices": (
        "code: office_letters",
        "code: leader_letters",
        "leader_letters",
        "offices[0].code: leader_letters 应以 office_ 开头 / must begin with office_",
    ),
    "town code for a village": (
        '"990001100202"',
        '"990001102"',
        "下柳村",
        "towns[0].villages[2].code: 990001102 应为十二位 / must have 12 digits",
    ),
    "days taken for months": (
        "{length: 45, unit: calendar_day",
        "{length: 45, unit: month",
        "casework: {",
        "clocks.casework.length: 太长 / longer than 36 months",
    ),
    "unknown key in what may be left out": (
        "times: 2, approver",
        "tims: 2, approver",
        "tims: 2",
        "clocks.hearing.extension.tims: 没有这个键, 可用 / unknown key, did you mean: times",
    ),
    "too long a warning": (
        "before: {length: 3, unit: working_day}",
        "before: {length: 37, unit: month}",
        "length: 37",
        "clocks.hearing.warnings[0].before.length: 太长 / longer than 36 months",
    ),
    "a colour twice": (
        "    warnings:\n",
        "    warnings:\n      - {colour: red, before: {length: 9, unit: working_day}, told: [unit]}\n",
        "unit, principal",
        "clocks.hearing.warnings[1].colour: red 重复 / stands twice",
    ),
    "an approver that nobody is": (
        "times: 2, approver: principal",
        "times: 2, approver: assisting_member",
        "approver: assisting_member",
        "clocks.hearing.extension.approver: assisting_member 无人担任 / nobody in this file is that",
    ),
    "no such clock of what is assigned": (
        "clock: casework\n",
        "clock: casework\n  assigned_clock: none\n",
        "assigned_clock",
        "handling.assigned_clock: none 不存在 / does not exist",
    ),
    "no such day": (
        'first: "2023-03-03"',
        'first: "2023-02-30"',
        "2023-02-30",
        "calendar.holidays[0].first: 应为日期 / Input should be a valid date",
    ),
    "days that end before they begin": (
        'last: "2027-02-11"',
        'last: "2027-01-11"',
        "2027-01-11",
        "calendar.holidays[1].last: 早于 first, 或长于一月 / is before first",
    ),
    "a day off that is worked": (
        'first: "2023-03-04"',
        'first: "2027-02-06"',
        "2027-02-06",
        "calendar.working_days[0].first: 又是节假日 / is a holiday too",
    ),
    "a whole year without a holiday": (
        "whole_years: [2027]",
        "whole_years: [2027, 2028]",
        "whole_years",
        "calendar.whole_years[1]: 没有 2028 年的节假日 / no holiday of that year stands here",
    ),
    "rank on two levels": (
        "own_ranks: [staff]",
        "own_ranks: [staff, county]",
        "own_ranks",
        "handling.own_ranks[1]: county 又归上级 / is also in remit.higher_ranks",
    ),
    "villages file missing": (
        "zones:\n",
        "villages: {file: nowhere.csv}\nzones:\n",
        "nowhere.csv",
        "villages.file: nowhere.csv 不存在 / does not exist beside this file",
    ),
    "a text for a re-mapping": (
        "zones:\n",
        "villages:\n  file: nowhere.csv\n  towns: none\nzones:\n",
        "towns: none",
        "villages.towns: 应为键值表 / Input should be a valid dictionary",
    ),
    "unknown key of villages": (
        "zones:\n",
        "villages:\n  fiel: nowhere.csv\nzones:\n",
        "fiel",
        "villages.fiel: 没有这个键, 可用 / unknown key, did you mean: file",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_with_line_and_reason(case: str, tmp_path: Path) -> None:
    old, new, mark, reason = WRONG[case]
    text = edited(LIUYUAN.read_text(encoding="utf-8"), old, new)
    file = tmp_path / "wrong.yaml"
    file.write_text(text, encoding="utf-8")
    expected = f"{file}:{line_of(text, mark)}: {reason}"
    found = refusal(file)
    assert any(line.startswith(expected) for line in found), f"{expected}\nis not in\n" + "\n".join(found)


def yanfeng_in(folder: Path) -> tuple[Path, Path]:
    shutil.copytree(YANFENG.parent / "terms", folder / "terms")
    return Path(shutil.copy(YANFENG, folder)), Path(shutil.copy(VILLAGES, folder))


@pytest.mark.parametrize(
    ("old", "new", "mark", "reason"),
    [
        (
            '"南湖村",430406100,',
            '"南湖村",430406900,',
            "南湖村",
            "town_code: 430406900 不存在 / does not exist in",
        ),
        (
            "430406100215,",
            "4304061002,",
            "南湖村",
            "towns[5].villages[9].code: 写法不对 / String should match",
        ),
        ("430406100215,", "430406100214,", "南湖村", "towns[5].villages[9].code: 430406100214 重复 / stands"),
        ('"南湖村"', '""', '""', "towns[5].villages[9].name: 不能为空 / String should have at least 1"),
        ('"南湖村",430406100,43,', '"南湖村"\n#,', "南湖村", "列数与表头不同 / its columns are not"),
        ('"东湖村"', '"东湖村', "东湖村", "CSV 写法错误 / CSV error"),
        (
            "code,name,town_code,",
            "code,name,town,",
            "code,name",
            "缺少列 town_code / the heading lacks town_code",
        ),
    ],
)
def test_a_wrong_row_of_villages_is_refused_with_its_line(
    old: str, new: str, mark: str, reason: str, tmp_path: Path
) -> None:
    file, table = yanfeng_in(tmp_path)
    text = edited(table.read_text(encoding="utf-8"), old, new)
    table.write_text(text, encoding="utf-8")
    found = refusal(file)
    assert len(found) == 1 and found[0].startswith(f"{table}:{line_of(text, mark)}: {reason}"), found


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            '"430406400": "430406005"',
            '"430406400": "430406009"',
            "villages.towns.430406400: 430406009 不存在 / does not exist in this file",
        ),
        (
            '"430406400": "430406005"',
            '430406400: "430406005"',
            'villages.towns: 请加引号 / must be quoted: "430406400"',
        ),
    ],
)
def test_a_wrong_re_mapping_of_towns_is_refused(old: str, new: str, reason: str, tmp_path: Path) -> None:
    file, _ = yanfeng_in(tmp_path)
    text = edited(file.read_text(encoding="utf-8"), old, new)
    file.write_text(text, encoding="utf-8")
    assert refusal(file) == [f"{file}:{line_of(text, new)}: {reason}"]


def test_every_fault_is_told_at_once_in_file_order(tmp_path: Path) -> None:
    text = edited(LIUYUAN.read_text(encoding="utf-8"), "form: letter", "form: pigeon")
    text = edited(text, "kind: supervision", "kind: kitchen")
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    found = refusal(tmp_path / "x.yaml")
    assert [line.split(": ")[1] for line in found] == ["offices[1].kind", "channels[0].form"]


def test_a_chain_needs_a_deputy_secretary_if_it_names_one(tmp_path: Path) -> None:
    text = edited(LIUYUAN.read_text(encoding="utf-8"), "- [petition_office]", "- [deputy_secretary]")
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    assert load_district(file).chains[0].steps[0] == ["deputy_secretary"]
    file.write_text(text.replace("role: deputy_secretary", "role: assisting_member"), encoding="utf-8")
    reason = "chains[0].steps[0][0]: deputy_secretary 无人担任 / nobody in this file is that"
    assert refusal(file) == [f"{file}:{line_of(text, '- [deputy_secretary]')}: {reason}"]


def test_of_very_many_faults_the_first_are_told(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    more = "".join(f"key_{i}: 1\n" for i in range(25))
    file.write_text(LIUYUAN.read_text(encoding="utf-8") + more, encoding="utf-8")
    found = refusal(file)
    assert len(found) == 21 and found[-1] == f"{file}: 另有 5 处 / and 5 more"
    assert "key_0: 没有这个键" in found[0] and "key_19: 没有这个键" in found[19]


def test_a_misspelt_key_is_not_followed_by_every_village(tmp_path: Path) -> None:
    file, _ = yanfeng_in(tmp_path)
    text = edited(file.read_text(encoding="utf-8"), "\ntowns:\n", "\ntwons:\n")
    file.write_text(text, encoding="utf-8")
    assert [line.split(": ")[1] for line in refusal(file)] == ["towns", "twons"]


def test_villages_that_are_no_list_are_refused_beside_a_table(tmp_path: Path) -> None:
    file, _ = yanfeng_in(tmp_path)
    text = edited(file.read_text(encoding="utf-8"), "name: 岳屏镇}", "name: 岳屏镇, villages: none}")
    file.write_text(text, encoding="utf-8")
    found = refusal(file)
    assert len(found) == 1
    assert found[0].startswith(f"{file}:{line_of(text, '岳屏镇, villages')}: towns[5].villages: 应为列表 / ")


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", 1, "应为键值表 / must be a mapping"),
        (b"- a\n- b\n", 1, "应为键值表 / must be a mapping"),
        (b"code: a\nname: \xff\n", 2, "不是 UTF-8 / is not UTF-8"),
        (b"# " + b"x" * 1_000_000, 1, "超过 1 MB / is larger than 1 MB"),
        (None, 1, "读不了 / cannot be read: No such file or directory"),
    ],
)
def test_no_district_is_refused(content: bytes | None, line: int, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    if content is not None:
        file.write_bytes(content)
    assert refusal(file) == [f"{file}:{line}: {reason}"]


def test_two_files_with_one_code_are_refused(tmp_path: Path) -> None:
    first = Path(shutil.copy(LIUYUAN, tmp_path / "a.yaml"))
    second = Path(shutil.copy(LIUYUAN, tmp_path / "b.yaml"))
    line = line_of(LIUYUAN.read_text(encoding="utf-8"), 'code: "990001"\n')
    with pytest.raises(DistrictError) as caught:
        load_districts(tmp_path)
    assert str(caught.value) == f"{second}:{line}: code: 990001 重复 / stands in {first} too"


def test_a_folder_without_a_district_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DistrictError, match="没有区文件 / has no district file"):
        load_districts(tmp_path)
