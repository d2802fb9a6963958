"""The district's year as a newcomer runs it: figures, exit codes, errors that say what to do, and a clean end."""

import csv
import json
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.demo.beside_ledgers import read as read_beside
from services.demo.ledgers import HANDLING, REGISTER, SCREENING, LedgerError, read
from services.embedded import free_port
from services.runtime.districts import load_district
from tests.conftest import LIUYUAN, ROOT, YANFENG
from tests.eventually import eventually_sync
from tests.flows import demo
from tests.flows.demo import LEDGERS, Ended

OWN_LEDGERS = ROOT / "tests" / "districts" / "liuyuan-ledgers"
OTHER_DISTRICT = ("--district", LIUYUAN, "--ledgers", OWN_LEDGERS, "--expected", OWN_LEDGERS / "figures-2024.csv")
MEASURED = [
    "petitions_received",
    "petitions_accepted",
    "cases_concluded",
    "mediations_settled",
    "outreach_stands",
    "outreach_visit_groups",
    "outreach_consultations",
    "outreach_urgent_problems_solved",
    "outreach_funds_recovered",
    "survey_concerns_collected",
    "survey_concerns_solved",
    "survey_funds_recovered",
    "skip_level_petitions_change",
    "skip_level_visits_central",
    "skip_level_visits_provincial",
    "real_name_rate",
    "guidance_awards",
    "guidance_handbooks",
    "special_hearings",
    "reports_jointly_reviewed",
    "first_petition_settlement_rate",
    "trainees_rotated",
    "towns",
    "zones",
    "zone_leads",
    "repeat_visits_resolved",
    "clarifications_made",
]

ALIVE = {
    "acceptance_notices_due": 27.0,
    "acceptance_notice_on_time_rate": 100.0,
    "result_notices_due": 33.0,
    "cases_reopened": 1.0,
    "objection_answer_rate": 100.0,
    "follow_up_visits": 3.0,
    "first_petition_settlement_lapsed_rate": 2 / 34 * 100,
    "recommendations_issued": 2.0,
    "recommendations_rectified": 2.0,
}
"""What no source published, and an office at work has all the same."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the demos of this module keep what is theirs."""
    # Not below pytest's folder, whose depth grows with a test's name.
    made = Path(tempfile.mkdtemp(prefix="xinfang-year-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def year(folder: Path) -> Ended:
    """The first command of a newcomer."""
    return demo.run(folder, "--once", "--json")


@pytest.fixture(scope="module")
def one_more(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """The same year with one more accepted petition in the ledgers, over two replicas of each service."""
    ledgers = copy_of(LEDGERS, tmp_path_factory.mktemp("one-more"))
    append(ledgers / REGISTER, 编号="2023-901", 收件日期="2023-10-16", 渠道="来信", 反映内容="虚构的一件。")
    append(
        ledgers / SCREENING,
        编号="2023-901",
        筛查日期="2023-10-17",
        处理="受理",
        依据="规则4(1)",
        问题类别="群众纪律",
        职级="一般干部",
        实名="是",
        初重="初次",
    )
    expected = ledgers / "figures.csv"
    more = [f"{name},>=,{value},items,2023,\n" for name, value in ALIVE.items()]
    expected.write_text((ledgers / "figures-2023.csv").read_text("utf-8-sig") + "".join(more), encoding="utf-8")
    return demo.run(folder, "--once", "--json", "--replicas", "2", "--ledgers", ledgers, "--expected", expected)


def copy_of(ledgers: Path, folder: Path) -> Path:
    return Path(shutil.copytree(ledgers, folder / "ledgers"))


def append(table: Path, **cells: str) -> None:
    with table.open(encoding="utf-8-sig", newline="") as lines:
        columns = next(csv.reader(lines))
    with table.open("a", encoding="utf-8", newline="") as lines:
        csv.DictWriter(lines, columns, restval="", lineterminator="\n").writerow(cells)


def edit(file: Path, old: str, new: str) -> int:
    """Replace the first occurrence; returns its line."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old.lstrip("\n"))].count("\n") + 1


def figures(ended: Ended) -> dict[str, dict[str, Any]]:
    return {one["figure"]: one for one in json.loads(ended.out)["figures"]}


def measured(ended: Ended) -> dict[str, float]:
    return {name: one["measured"] for name, one in figures(ended).items()}


def account() -> dict[str, dict[str, str]]:
    with (LEDGERS / "figures-2023.csv").open(encoding="utf-8", newline="") as lines:
        return {row["figure"]: row for row in csv.DictReader(lines)}


# -- the year


def test_the_year_gives_the_accounts_figures(year: Ended) -> None:
    assert year.code == 0, year.said
    answer = json.loads(year.out)
    assert set(answer) == {"figures", "seconds"}
    assert [one["figure"] for one in answer["figures"]] == MEASURED
    expected = account()
    for one in answer["figures"]:
        row = expected[one["figure"]]
        assert set(one) == {"figure", "relation", "expected", "measured", "holds"}
        assert (one["relation"], one["expected"]) == (row["relation"], float(row["value"]))
        assert one["holds"] is True
        decimals = len(row["value"].partition(".")[2])
        if one["relation"] == "=":
            assert abs(one["measured"] - one["expected"]) <= 0.5 / 10**decimals
        else:
            assert one["measured"] >= one["expected"]
    assert answer["seconds"] > 0


def test_nothing_but_one_line_of_json_is_printed(year: Ended) -> None:
    assert year.out.count("\n") == 1
    assert "Traceback" not in year.said


def test_one_more_accepted_petition_is_one_more_measured_and_no_success(one_more: Ended, year: Ended) -> None:
    assert one_more.code == 1, one_more.said
    more, before = figures(one_more), measured(year)
    assert more["petitions_accepted"]["measured"] == before["petitions_accepted"] + 1
    assert more["petitions_accepted"]["holds"] is False


def test_two_replicas_of_each_service_measure_the_same(one_more: Ended, year: Ended) -> None:
    """All that the one more petition does not touch; and what it does, to the last digit."""
    expected = measured(year) | {
        "petitions_received": 177.0,
        "petitions_accepted": 40.0,
        "real_name_rate": 33 / 40 * 100,
        "first_petition_settlement_rate": 30 / 34 * 100,
    }
    found = {name: value for name, value in measured(one_more).items() if name not in ALIVE}
    assert found == pytest.approx(expected)


def test_the_office_tells_whoever_gave_a_name_in_time_and_sends_recommendations(one_more: Ended) -> None:
    alive = {name: one["measured"] for name, one in figures(one_more).items() if name in ALIVE}
    assert alive == pytest.approx(ALIVE)


# -- another district, up and down


@pytest.fixture(scope="module")
def ports() -> tuple[str, ...]:
    """Ports of one's own, the same for several runs."""
    http = next(port for _ in range(100) if (port := free_port()) and all(is_free(port + i) for i in range(4)))
    return (
        *("--nats-port", str(free_port())),
        *("--postgres-port", str(free_port())),
        *("--http-port", str(http)),
    )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(json.load(answer)["status"] == "ready")
    except OSError:
        return False


def test_another_districts_year_holds_leaves_its_services_up_and_stops_on_ctrl_c(
    folder: Path, ports: tuple[str, ...]
) -> None:
    process = demo.start(folder, *OTHER_DISTRICT, *ports)
    try:
        out = read_until(process, "Ctrl-C")
        # The desk is at one of them.
        urls = [*dict.fromkeys(re.findall(r"http://127\.0\.0\.1:\d+", out))]
        assert sorted(int(url.rsplit(":", 1)[1]) for url in urls) == [int(ports[5]) + i for i in range(4)]
        assert all(ready(url) for url in urls)
        assert f"nats://127.0.0.1:{ports[1]}" in out and f"127.0.0.1:{ports[3]}" in out
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, said) == (0, "")
    assert demo.left(folder) == []


def test_a_second_run_on_the_same_ports_works_and_prints_a_table(folder: Path, ports: tuple[str, ...]) -> None:
    ended = demo.run(folder, "--once", *OTHER_DISTRICT, *ports)
    assert (ended.code, ended.said) == (0, "")
    expected = [row["figure"] for row in csv.DictReader((OWN_LEDGERS / "figures-2024.csv").open(encoding="utf-8"))]
    rows = [line.split("│") for line in ended.out.splitlines() if line.startswith("│")]
    # A figure whose ledger is not there is not printed, though the stream has a zero for it.
    assert [row[1].strip() for row in rows] == [name for name in expected if name != "mediations_settled"]
    assert all("✓" in row[5] for row in rows)
    first, *_, last = (line for line in ended.out.splitlines() if line.strip())
    assert first.startswith("柳原区纪委监委") and last.startswith("用时")
    assert demo.left(folder) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_one_that_is_ended_in_the_middle_leaves_nothing_running(
    folder: Path, ports: tuple[str, ...], how: signal.Signals
) -> None:
    process = demo.start(folder, "--once", *ports)
    try:
        url = f"http://127.0.0.1:{int(ports[5]) + 3}"
        assert eventually_sync(lambda: ready(url) or process.poll() is not None, seconds=120)
        process.send_signal(how)
        out, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == (130 if how is signal.SIGTERM else -how)
    assert out.strip() == "" and "Traceback" not in said
    if how is signal.SIGKILL:
        # Nobody was left to remove the folder; servers and services ended by themselves.
        assert eventually_sync(lambda: not list(demo.processes(folder)), seconds=60)
        for one in folder.iterdir():
            shutil.rmtree(one)
    assert demo.left(folder) == []


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What is printed, up to the line with this word."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if word in line:
            return said
    raise AssertionError(f"ended with {process.wait()}: {said}")


# -- errors


def refused(folder: Path, *arguments: str | Path) -> str:
    """Run into an error: exit code 2, one message, nothing printed, nothing left. Returns the message on one line."""
    ended = demo.run(folder, "--once", *arguments, seconds=60)
    assert ended.code == 2, ended
    assert ended.out == "" and "Traceback" not in ended.said
    assert demo.left(folder) == []
    return ended.said


@pytest.mark.parametrize("option", ["--nats-port", "--postgres-port", "--http-port"])
def test_a_busy_port_is_named_with_its_option(folder: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        # The third service is the one in the way.
        given = port - 2 if option == "--http-port" else port
        said = refused(folder, option, str(given))
    assert f"端口 {port} " in said and f"port {port} " in said and option in said


def test_a_wrong_district_file_is_named_with_its_line(folder: Path, tmp_path: Path) -> None:
    district = Path(shutil.copy(YANFENG, tmp_path))
    shutil.copy(YANFENG.with_name("yanfeng-villages.csv"), tmp_path)
    shutil.copytree(YANFENG.parent / "terms", tmp_path / "terms")
    line = edit(district, "form: letter}", "form: lettre}")
    said = refused(folder, "--district", district)
    assert f"{district}:{line}: channels[0].form" in said


@pytest.mark.parametrize(
    ("old", "new", "column"), [("2022-03-", "2022-13-", "收件日期"), (",举报网站,", ",没有的渠道,", "渠道")]
)
def test_a_wrong_cell_is_named_with_file_line_and_column(
    folder: Path, tmp_path: Path, old: str, new: str, column: str
) -> None:
    ledgers = copy_of(LEDGERS, tmp_path)
    line = edit(ledgers / REGISTER, old, new)
    assert f"{ledgers / REGISTER}:{line}: {column}: " in refused(folder, "--ledgers", ledgers)


@pytest.mark.parametrize(
    ("table", "old", "new", "column"),
    [
        (REGISTER, ",superior_430400,", ",superior_1,", "上级转办"),
        (REGISTER, ",乡科级,", ",乡级,", "被反映人职级"),
        (REGISTER, "430406005009", "430406005999", "所涉村社区"),
        (REGISTER, "\n2022-002,", "\n2022-001,", "编号"),
        (SCREENING, ",转送,", ",转交,", "处理"),
        (SCREENING, ",housing,", ",house,", "接收机关"),
        (SCREENING, "\n2022-003,", "\n2022-903,", "编号"),
        (HANDLING, ",失实,", ",不实,", "核查结论"),
        (HANDLING, ",6400,", ",六千四,", "追回资金"),
        (HANDLING, ",office_supervision_1,", ",office_1,", "退回者"),
    ],
)
def test_every_column_is_read_against_the_district_before_anything_starts(
    tmp_path: Path, table: str, old: str, new: str, column: str
) -> None:
    ledgers = copy_of(LEDGERS, tmp_path)
    line = edit(ledgers / table, old, new)
    with pytest.raises(LedgerError) as error:
        read(ledgers, load_district(YANFENG))
    assert str(error.value).startswith(f"{ledgers / table}:{line}: {column}: ")


@pytest.mark.parametrize(
    ("table", "old", "new", "column"),
    [
        ("接访排班.csv", "office_petition", "office_nobody", "值班"),
        ("接访排班.csv", ",2023-001,", ",2023-901,", "接待来件"),
        ("下访台账.csv", ",摆摊,", ",摆地摊,", "形式"),
        ("诉求台账.csv", ",XF-01,", ",XF-91,", "下访编号"),
        ("诉求台账.csv", "\nSQ-002,", "\nSQ-001,", "编号"),
        ("调解台账.csv", ",调成,", ",成了,", "结果"),
        ("调解台账.csv", ",430406001001,", ",430406001000,", "村社区"),
        ("廉情监督员.csv", ",unit_430406001,", ",unit_1,", "登记"),
        ("宣传作品.csv", ",handbook_red,", ",handbook_grey,", "作品"),
        ("轮训台账.csv", ",4\n", ",四\n", "人次"),
        ("满意度.csv", ",接访,,,1,0,0", ",接访,,,1,1,0", "满意"),
    ],
)
def test_every_column_of_the_work_beside_petitions_is_read_before_anything_starts(
    tmp_path: Path, table: str, old: str, new: str, column: str
) -> None:
    ledgers = copy_of(LEDGERS, tmp_path)
    line = edit(ledgers / table, old, new)
    district = load_district(YANFENG)
    received = {one.serial: one for one in read(ledgers, district).received}
    with pytest.raises(LedgerError) as error:
        read_beside(ledgers, district, received)
    assert str(error.value).startswith(f"{ledgers / table}:{line}: {column}: ")


def test_a_ledger_that_is_not_there_leaves_its_figures_unmeasured(tmp_path: Path) -> None:
    district = load_district(YANFENG)
    ledgers = copy_of(LEDGERS, tmp_path)
    received = {one.serial: one for one in read(ledgers, district).received}
    assert read_beside(ledgers, district, received).unmeasured == frozenset()
    (ledgers / "轮训台账.csv").unlink()
    assert read_beside(ledgers, district, received).unmeasured == {"trainees_rotated"}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--district", "nowhere.yaml"), "nowhere.yaml"),
        (("--ledgers", "nowhere"), "nowhere/来件登记.csv"),
        (("--expected", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_a_missing_file_is_named(folder: Path, arguments: tuple[str, ...], named: str) -> None:
    assert named in refused(folder, *arguments)


@pytest.mark.parametrize("change", [("towns,=,", "towns,==,"), ("zones,=,2", "zones,=,two")])
def test_a_wrong_line_among_the_expected_figures_is_named(
    folder: Path, tmp_path: Path, change: tuple[str, str]
) -> None:
    expected = Path(shutil.copy(LEDGERS / "figures-2023.csv", tmp_path))
    line = edit(expected, *change)
    assert f"{expected}:{line}: " in refused(folder, "--expected", expected)


def test_a_data_folder_that_holds_something_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    assert f"--data {tmp_path}" in refused(folder, "--data", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
