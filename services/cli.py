"""The command line: ``xinfang``. Each command loads what it needs when it is called."""

import json
import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    name="xinfang",
    help="信访举报中间件 / petition-and-report middleware",
    no_args_is_help=True,
    add_completion=False,
    # A pretty traceback prints local variables: a citizen's words among them.
    pretty_exceptions_enable=False,
)
contracts_app = typer.Typer(help="契约 / contracts: export, check", no_args_is_help=True)
app.add_typer(contracts_app, name="contracts")
repeats_app = typer.Typer(help="重复件 / repeats: evaluate, preload", no_args_is_help=True)
app.add_typer(repeats_app, name="repeats")
vault_app = typer.Typer(help="保管库 / vault: rotate, verify", no_args_is_help=True)
app.add_typer(vault_app, name="vault")
keys_app = typer.Typer(help="密钥 / keys: init, reader, channel, person, offer, enrol, revoke", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
audit_app = typer.Typer(
    help="案件的签名与链 / a case's signatures and chain: export, verify, head", no_args_is_help=True
)
app.add_typer(audit_app, name="audit")

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
YANFENG = DEPLOY / "districts" / "yanfeng.yaml"
YEAR = DEPLOY / "demo" / "yanfeng-2023"

NatsPort = Annotated[int | None, typer.Option(help="NATS 端口 / NATS port")]
PostgresPort = Annotated[int | None, typer.Option(help="PostgreSQL 端口 / PostgreSQL port")]
HttpPort = Annotated[int | None, typer.Option(help="四个服务的首个 HTTP 端口 / first of the services' HTTP ports")]
Districts = Annotated[Path, typer.Option("--district", help="区文件或目录 / district file or folder", exists=True)]
KeyFolder = Annotated[Path, typer.Option(help="服务的密钥目录 / the services' key folder")]
DistrictFile = Annotated[Path, typer.Option(help="区文件 / district file", exists=True)]


def fail(text: str, code: int = 2) -> NoReturn:
    """End with a message that says what to do."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="跑完即停 / stop when the figures are shown")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / machine-readable")] = False,
    district: DistrictFile = YANFENG,
    ledgers: Annotated[Path, typer.Option(help="台账目录 / folder of ledgers")] = YEAR,
    expected: Annotated[Path, typer.Option(help="预期数据 CSV / expected figures")] = YEAR / "figures-2023.csv",
    replicas: Annotated[int, typer.Option(min=1, max=4, help="每个服务的副本数 / replicas of each service")] = 1,
    data: Annotated[Path | None, typer.Option(help="保存数据的空目录 / an empty folder that keeps the data")] = None,
    nats_port: NatsPort = None,
    postgres_port: PostgresPort = None,
    http_port: HttpPort = None,
) -> None:
    """一年信访举报走完全程 / a year of petitions through all channels, and its figures."""
    from services.demo.run import Plan, run

    ports = _ports(nats_port, postgres_port, http_port, fixed=not once)
    plan = Plan(district, ledgers, expected, once, as_json, replicas, data, ports)
    raise typer.Exit(_guarded(lambda: run(plan)))


@app.command()
def up(
    district: DistrictFile = YANFENG,
    data: Annotated[Path, typer.Option(help="数据目录 / data folder")] = Path(".data"),
    nats_port: NatsPort = None,
    postgres_port: PostgresPort = None,
    http_port: HttpPort = None,
) -> None:
    """内置服务器与四个服务 / embedded servers and the four services in one terminal."""
    from services.demo.up import up as run_up

    ports = _ports(nats_port, postgres_port, http_port, fixed=True)
    raise typer.Exit(_guarded(lambda: run_up(district, data, ports)))


@app.command()
def serve(service: str) -> None:
    """运行一个服务 / run one service, configured by XINFANG_* in the environment."""
    import uvloop

    from services.catalogue import SERVICES, make
    from services.runtime.districts import load_districts
    from services.runtime.process import Process
    from services.runtime.settings import Settings

    if service not in SERVICES:
        fail(f"没有这个服务 / no such service: {service}; {', '.join(SERVICES)}")

    def run() -> int:
        settings = Settings()  # type: ignore[call-arg]
        districts = load_districts(settings.districts)
        process = Process(make(service, districts, settings.keys), settings, districts)
        uvloop.run(process.run())
        return 0

    raise typer.Exit(_guarded(run))


@app.command()
def migrate() -> None:
    """升级数据库 / bring the database at XINFANG_OWNER_URL to the newest revision."""
    from services.runtime.migrate import upgrade

    url = os.environ.get("XINFANG_OWNER_URL")
    if not url:
        fail("请设置 XINFANG_OWNER_URL / set XINFANG_OWNER_URL to the database owner's postgresql:// address")
    upgrade(url)


@app.command()
def topology(
    district: Annotated[Path, typer.Option(help="区文件或目录 / district file or folder", exists=True)] = YANFENG,
    nats_url: Annotated[str, typer.Option(help="NATS 地址 / address")] = "nats://127.0.0.1:4222",
    seed: Annotated[Path | None, typer.Option(help="operator 的 NKey 文件 / the operator's NKey file")] = None,
    credentials: Annotated[
        Path | None, typer.Option(help="只生成用户与权限到此目录 / only write users and permissions there")
    ] = None,
    replicas: Annotated[int, typer.Option(min=1, max=5, help="流副本数 / stream replicas")] = 1,
    schedules: Annotated[bool, typer.Option(help="由 NATS 定时 / let NATS publish the ticks")] = True,
) -> None:
    """应用流、消费者、定时与用户 / apply streams, consumers, schedules; or write users and permissions."""
    from services.commands import apply_topology, write_credentials

    if credentials is not None:
        typer.echo(write_credentials(district, credentials))
        return
    if seed is None:
        fail("请用 --seed 指定 operator 的 NKey 文件 / name the operator's NKey file with --seed")
    operator = seed
    raise typer.Exit(_guarded(lambda: apply_topology(district, nats_url, operator, replicas, schedules)))


@app.command()
def case(
    number: Annotated[str, typer.Argument(help="信访举报件编号 / the petition's number")],
    seed: Annotated[Path, typer.Option(help="operator 的 NKey 文件 / the operator's NKey file", exists=True)],
    nats_url: Annotated[str, typer.Option(help="NATS 地址 / address")] = "nats://127.0.0.1:4222",
    district: Districts = YANFENG,
    actor: Annotated[
        str | None, typer.Option("--as", help="为谁查看;应回避的查不到 / on whose behalf; the tied find nothing")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / machine-readable")] = False,
) -> None:
    """一件信访的每一步及其规则、依据,不含任何人的话 / each step of a petition, its rules and facts, nobody's words."""
    from services.dossier.showing import show

    raise typer.Exit(_guarded(lambda: show(number, district, nats_url, seed, actor, as_json=as_json)))


@app.command()
def token(
    actor: str,
    district: Annotated[str, typer.Option(help="区代码 / district code")],
    keys: Annotated[Path, typer.Option(help="密钥目录 / key folder", exists=True)],
    hours: Annotated[int, typer.Option(min=1, max=24)] = 8,
) -> None:
    """为一个岗位签发访问令牌 / a bearer token for an actor (embedded and development use)."""
    from services.runtime import keys as key_files
    from services.runtime import tokens

    def run() -> int:
        typer.echo(tokens.make(key_files.secret(keys, tokens.SECRET), actor, district, hours=hours))
        return 0

    raise typer.Exit(_guarded(run))


@app.command()
def clock(
    name: Annotated[str, typer.Argument(metavar="CLOCK", help="区文件中时限的名称 / a clock of the district file")],
    begun: Annotated[
        str,
        typer.Option("--from", metavar="TIME", help="起算时间 / when it starts: 2024-02-08, 2024-02-08T23:59+08:00"),
    ],
    district: DistrictFile = YANFENG,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / machine-readable")] = False,
) -> None:
    """时限何时届满、怎样算出 / when a clock runs out, and the working: every day counted, every day left out."""
    from services.commands import show_clock

    raise typer.Exit(_guarded(lambda: show_clock(name, begun, district, as_json)))


@contracts_app.command("export")
def contracts_export(folder: Path) -> None:
    """导出 JSON Schema 与 AsyncAPI / write schemas and AsyncAPI."""
    from xinfang_contracts.export import export

    for path in export(folder):
        typer.echo(path)


@contracts_app.command("check")
def contracts_check(old: Path, new: Path, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """兼容性检查:1 表示不兼容 / compatibility gate: exit code 1 when NEW breaks OLD."""
    from xinfang_contracts.__main__ import main

    raise typer.Exit(main(["check", str(old), str(new), *(["--json"] if as_json else [])]))


@vault_app.command("rotate")
def vault_rotate(
    keys: Annotated[Path, typer.Option(help="密钥目录 / key folder", exists=True)],
    database: Annotated[str, typer.Option(help="postgresql:// 地址 / address", envvar="XINFANG_DATABASE_URL")],
) -> None:
    """更换主密钥,可中断可重来 / the next master key for all data keys; may be interrupted and repeated."""
    from services.commands import rotate_master

    raise typer.Exit(_guarded(lambda: rotate_master(keys, database)))


@vault_app.command("verify")
def vault_verify(
    database: Annotated[str, typer.Option(help="postgresql:// 地址 / address", envvar="XINFANG_DATABASE_URL")],
    head: Annotated[str | None, typer.Option(help="公布过的链头 行数:散列 / a published head, ROWS:HASH")] = None,
    nats_url: Annotated[str | None, typer.Option(help="从此 NATS 取最新链头 / take the newest head from NATS")] = None,
    seed: Annotated[Path | None, typer.Option(help="operator 的 NKey 文件 / the operator's NKey file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / machine-readable")] = False,
) -> None:
    """核对查阅审计链:1 表示被改动或截去 / verify the audit of readings: exit code 1 when it was changed or cut off."""
    from services.commands import head_in, published_head, verify_readings

    def run() -> int:
        published = None
        if head is not None:
            published = head_in(head)
        elif nats_url is not None:
            if seed is None:
                fail("请用 --seed 指定 operator 的 NKey 文件 / name the operator's NKey file with --seed")
            published = published_head(nats_url, seed)
        return verify_readings(database, as_json, published)

    raise typer.Exit(_guarded(run))


@keys_app.command("init")
def keys_init(keys: KeyFolder) -> None:
    """服务自身的密钥,已有的保留 / the services' own keys; what is there is kept."""
    from services.keyfiles import make_own

    def run() -> int:
        for name in make_own(keys):
            typer.echo(keys / name)
        return 0

    raise typer.Exit(_guarded(run))


@keys_app.command("reader")
def keys_reader(
    district: str,
    actor: str,
    keys: KeyFolder,
    private: Annotated[Path, typer.Option(help="私钥文件,交给读者本人 / the private key's file, for the reader alone")],
    file: Districts = YANFENG,
) -> None:
    """读者的密钥对:公钥入密钥目录,私钥另存 / a reader's pair: public into the key folder, private elsewhere."""
    from services.commands import district_of
    from services.keyfiles import make_reader

    def run() -> int:
        typer.echo(make_reader(keys, district_of(file, district), actor, private))
        return 0

    raise typer.Exit(_guarded(run))


@keys_app.command("channel")
def keys_channel(
    district: str,
    channel: str,
    keys: KeyFolder,
    app_id: Annotated[str | None, typer.Option(help="公众号 AppID / the official account's AppID (wechat)")] = None,
    form_url: Annotated[str | None, typer.Option(help="网上举报页面 / the web form's address (wechat)")] = None,
    minimum: Annotated[int | None, typer.Option(help="最少字数 / fewest characters (wechat)")] = None,
    show: Annotated[bool, typer.Option(help="显示密钥,填到对方 / show it, for the other side")] = False,
    file: Districts = YANFENG,
) -> None:
    """渠道(热线、微信)的密钥 / the secret that opens a channel's door (hotline, WeChat)."""
    from services.commands import district_of
    from services.keyfiles import make_channel

    def run() -> int:
        given = {"app_id": app_id, "form_url": form_url, "minimum": minimum}
        path = make_channel(keys, district_of(file, district), channel, **given)
        typer.echo(path.read_text().strip() if show else path)
        return 0

    raise typer.Exit(_guarded(run))


PersonFile = Annotated[Path, typer.Argument(help="人员的 .private.json / a person's own key file", exists=True)]
NatsUrl = Annotated[str, typer.Option(help="NATS 地址 / address")]
OperatorSeed = Annotated[Path, typer.Option("--seed", help="operator 的 NKey 文件 / operator's NKey file", exists=True)]


@keys_app.command("person")
def keys_person(
    person: Annotated[str, typer.Option(help="本机关的人员编号,不用姓名 / the organ's own number, never a name")],
    out: Annotated[Path, typer.Option("-o", "--out", help="NAME.private.json,只归本人 / for the person alone")],
) -> None:
    """一个人的签名与阅读密钥(没有网页的客户端用)/ a person's keys, for clients that have no page."""
    from services.keyfiles import make_person

    def run() -> int:
        typer.echo(make_person(out, person).key)
        return 0

    raise typer.Exit(_guarded(run))


@keys_app.command("offer")
def keys_offer(
    signer: Annotated[str, typer.Argument(help="区代码.岗位 / DISTRICT.ACTOR: 990001.office_trial")],
    file: PersonFile,
    seed: Annotated[Path, typer.Option(help="该岗位的 NKey 文件 / the actor's NKey file", exists=True)],
    nats_url: NatsUrl = "nats://127.0.0.1:4222",
) -> None:
    """以该岗位提交公钥,等待登记 / hand in a person's public keys as this actor; the operator then enrols them."""
    from services.enrolment import offer

    raise typer.Exit(_guarded(lambda: offer(signer, file, nats_url, seed)))


@keys_app.command("enrol")
def keys_enrol(
    signer: Annotated[str, typer.Argument(help="区代码.岗位 / DISTRICT.ACTOR: 990001.office_trial")],
    key: Annotated[str, typer.Argument(help="密钥编号,已与本人核对 / the key's number, compared with its person")],
    seed: OperatorSeed,
    nats_url: NatsUrl = "nats://127.0.0.1:4222",
) -> None:
    """登记密钥:此后可以签名 / enrol a key: from now on it signs."""
    from services.enrolment import enrol

    raise typer.Exit(_guarded(lambda: enrol(signer, key, nats_url, seed)))


@keys_app.command("revoke")
def keys_revoke(
    signer: Annotated[str, typer.Argument(help="区代码.岗位 / DISTRICT.ACTOR: 990001.office_trial")],
    key: Annotated[str, typer.Argument(help="密钥编号 / the key's number")],
    seed: OperatorSeed,
    nats_url: NatsUrl = "nats://127.0.0.1:4222",
) -> None:
    """撤销密钥:此后的签名无效,以前的不变 / revoke a key: nothing from now on holds, what was signed stands."""
    from services.enrolment import revoke

    raise typer.Exit(_guarded(lambda: revoke(signer, key, nats_url, seed)))


@audit_app.command("export")
def audit_export(
    number: Annotated[str, typer.Argument(help="信访举报件编号 / the petition's number")],
    seed: OperatorSeed,
    out: Annotated[Path, typer.Option("-o", "--out", help="导出文件 / the file to write")],
    nats_url: NatsUrl = "nats://127.0.0.1:4222",
    publication: Annotated[int | None, typer.Option(help="按第几期链头 / prove it by this publication")] = None,
) -> None:
    """一件的记录、公钥与链头证明,存为一个文件 / a case's records, keys and proof of its head, in one file."""
    from services.audits import export_case

    raise typer.Exit(_guarded(lambda: export_case(number, nats_url, seed, out, publication)))


@audit_app.command("verify")
def audit_verify(
    export: Annotated[Path, typer.Argument(help="audit export 的文件 / the file of audit export", exists=True)],
    keys: Annotated[
        Path | None, typer.Option(help="人员公钥目录 / folder of persons' public keys", exists=True)
    ] = None,
    head: Annotated[str | None, typer.Option(help="公布的链头 / a published head")] = None,
    district: Annotated[Path | None, typer.Option(help="区文件 / district file", exists=True)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / machine-readable")] = False,
) -> None:
    """不连任何服务器,核对导出文件:1 为不符 / verify an export without any server: exit code 1 when it does not hold."""
    from services.audits import verify_export

    raise typer.Exit(_guarded(lambda: verify_export(export, keys, head, district, as_json=as_json)))


@audit_app.command("head")
def audit_head(
    district: Annotated[str, typer.Argument(help="区代码 / district code")],
    seed: OperatorSeed,
    nats_url: NatsUrl = "nats://127.0.0.1:4222",
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / machine-readable")] = False,
) -> None:
    """最新公布的链头,请另存他处 / the newest published head, to be kept elsewhere."""
    from services.audits import newest_head

    raise typer.Exit(_guarded(lambda: newest_head(district, nats_url, seed, as_json=as_json)))


@audit_app.command("sample")
def audit_sample(
    district: Annotated[Path, typer.Argument(help="区文件 / district file", exists=True)],
    period: Annotated[str, typer.Argument(help="期间 / period: 2023、2023-H2、2023-Q4")],
    seed: OperatorSeed,
    nats_url: NatsUrl = "nats://127.0.0.1:4222",
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / machine-readable")] = False,
) -> None:
    """重新抽取质量评查样本:1 为与当时不符 / draw a quality sample again: exit code 1 when it is not what was drawn."""
    from services.samples import sample_again

    raise typer.Exit(_guarded(lambda: sample_again(district, period, nats_url, seed, as_json=as_json)))


@repeats_app.command("evaluate")
def repeats_evaluate(
    file: Annotated[Path, typer.Argument(help="CSV: label, left_text, right_text / 标签, 甲文, 乙文")],
    as_json: Annotated[bool, typer.Option("--json", help="机器可读 / machine-readable")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="判错的行号 / the lines that came out wrong")] = False,
) -> None:
    """带标签成对信访件的准确率与召回率 / precision and recall over labelled pairs of petitions.

    表头 / headings: label (same, 标签, 是否重复); left_text, right_text (a_text b_text, text1 text2, 甲文 乙文);
    可有 / where known: left_accused, left_organisation, right_accused, right_organisation (甲被举报人, 甲单位);
    kind (类型).

    标签 / labels: 1 0, true false, yes no, same different, 是 否, 重复 不重复.
    """
    from services.intake.repeats.command import evaluate_file

    raise typer.Exit(evaluate_file(file, as_json=as_json, errors=errors))


@repeats_app.command("preload")
def repeats_preload(
    file: Annotated[
        Path, typer.Argument(help="CSV 或 JSONL: petition 编号, text 内容, accused 被举报人, organisation 单位")
    ],
    keys: Annotated[Path, typer.Option(help="密钥目录 / folder of keys", envvar="XINFANG_KEYS")],
    database: Annotated[str, typer.Option(help="postgresql:// 地址 / address", envvar="XINFANG_DATABASE_URL")],
) -> None:
    """旧台账只留特征,不留原文;中断可重来 / old ledgers into the index, without their words; may be repeated."""
    from services.intake.repeats.command import preload_file

    raise typer.Exit(_guarded(lambda: preload_file(file, keys, database)))


@app.command()
def bench(
    what: Annotated[
        str,
        typer.Argument(
            help="flow | repeats | clocks: 全流程、重复件索引或时限 / the flow, the index of repeats, or clocks"
        ),
    ] = "flow",
    n: Annotated[int, typer.Option("-n", min=100, help="件数 / petitions")] = 20_000,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """持续吞吐与时延,与两条基线同测 / sustained rate and latency beside a floor and plain FastStream."""
    if what not in ("flow", "repeats", "clocks"):
        fail(f"没有这项测试 / no such bench: {what}; flow, repeats, clocks")
    if what == "clocks":
        from services.bench.clocks import run as run_clocks

        result = run_clocks(show=not as_json)
    elif what == "repeats":
        from services.bench.repeats import run as run_repeats

        result = run_repeats((lambda _: None) if as_json else typer.echo)
    else:
        from services.bench.run import run

        result = run(n, show=not as_json)
    if as_json:
        typer.echo(json.dumps(result))


def _ports(nats: int | None, postgres: int | None, http: int | None, *, fixed: bool):  # type: ignore[no-untyped-def]
    from services.catalogue import SERVICES
    from services.installation import Ports

    if fixed:
        nats, postgres, http = nats or 4222, postgres or 5433, http or 8701
    return Ports(nats, postgres, {name: http + i for i, name in enumerate(SERVICES)} if http else {})


def _guarded(run) -> int:  # type: ignore[no-untyped-def]
    """Errors that a person can mend are said in a sentence; others keep their traceback."""
    from services.demo.figures import FiguresError
    from services.demo.ledgers import LedgerError
    from services.embedded import ServerFailed
    from services.runtime.districts import DistrictError
    from services.runtime.errors import StartError

    try:
        return int(run())
    except (FiguresError, LedgerError, DistrictError, ServerFailed, StartError) as error:
        fail(str(error))


if __name__ == "__main__":
    app()
