"""Signatures on real servers: keys by command line and over NATS, opinions by plain clients, heads, exports."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner
from xinfang_contracts.registry import BY_TYPE, Stream
from xinfang_contracts.review import GiveOpinion
from xinfang_contracts.signing import HeadsPublished, record_hash, signed_text

from services.cli import app
from services.installation import Installation
from services.keyfiles import read_person
from services.review.signing.pen import Pen
from services.runtime import credentials
from tests.flows.outside import DISTRICT, connected, fresh, headers_of, rest, rows, stored, tick
from tests.parts.test_screening import handed_in, told
from tests.parts.vaulted import OFFICE, SCREEN, said
from tests.pens import enrol, pen_of
from tests.rules.stories import IN_ORDER

UNIT, REPORT, OPINION = "unit_430406001", "review.submit_report.v1", "review.give_opinion.v1"
ACCEPT = {"kind": "accept", "category": "masses", "rank": "village_or_other", "real_name": False}


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Two replicas of each service: a publication is said by one of them."""
    started: Installation = install(replicas=2)
    asyncio.run(tick(started, "2023-03-01"))
    return started


@pytest.fixture(scope="module")
def persons(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key file for everybody in the chain; the first one's made, offered and enrolled from the command line."""
    folder = tmp_path_factory.mktemp("persons")
    first, *others = IN_ORDER
    file = folder / f"{first}.private.json"
    made = xinfang("keys", "person", "--person", "p0001", "--out", str(file))
    assert (made.returncode, file.stat().st_mode & 0o777) == (0, 0o600)
    assert offer(installation, first, file).returncode == 0
    assert by_operator(installation, "keys", "enrol", f"{DISTRICT}.{first}", made.stdout.strip()).returncode == 0
    asyncio.run(enrol(installation, *others))
    for actor in others:
        (folder / f"{actor}.private.json").write_text(pen_of(actor).private())
        (folder / f"{actor}.public.json").write_text(pen_of(actor).offer().model_dump_json(exclude_none=True))
    return folder


class Done(NamedTuple):
    """How a command line ended."""

    returncode: int
    stdout: str
    stderr: str


def xinfang(*arguments: str) -> Done:
    """In a thread, where it may have its own loop: an interpreter of its own takes longer than what it does."""
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(CliRunner().invoke, app, arguments).result()
    return Done(found.exit_code, found.stdout, found.stderr)


def seed(installation: Installation, user: str) -> str:
    return str(credentials.seed_file(installation.folder / "credentials", user))


def by_operator(installation: Installation, *arguments: str) -> Done:
    return xinfang(*arguments, "--nats-url", installation.nats.url, "--seed", seed(installation, "operator"))


def offer(installation: Installation, actor: str, file: Path) -> Done:
    own = ("--nats-url", installation.nats.url, "--seed", seed(installation, f"{DISTRICT}.{actor}"))
    return xinfang("keys", "offer", f"{DISTRICT}.{actor}", str(file), *own)


async def reported(installation: Installation) -> tuple[str, dict[str, Any]]:
    """A case of a town's whose report stands, and what its reviewers are told."""
    petition = await handed_in(installation)
    decision = ACCEPT | {"responsible_unit": UNIT}
    answer, _ = await said(installation, OFFICE, SCREEN, petition=petition, decision=decision)
    assert answer == "intake.petition_accepted.v1"
    await rest(installation)
    await said(installation, UNIT, REPORT, petition=petition, version=1, outcome="proved")
    (asked,) = await told(installation, "office_trial", "report_submitted", petition)
    return petition, asked


async def gives(
    installation: Installation, actor: str, pen: Pen, asked: dict[str, Any], signs_as: str = ""
) -> tuple[str, dict[str, Any]]:
    """What an actor is answered to an agreement signed with this pen."""
    opinion = GiveOpinion(petition=asked["petition"], version=asked["version"])
    message = pen.signed(opinion, DISTRICT, signs_as or actor, asked)
    return await said(installation, actor, OPINION, **message.model_dump(mode="json", exclude_none=True))


async def concluded(installation: Installation, persons: Path) -> str:
    petition, asked = await reported(installation)
    for actor in IN_ORDER:
        pen = read_person(persons / f"{actor}.private.json")
        answer, _ = await gives(installation, actor, pen, asked)
        assert answer == "review.opinion_given.v1", actor
    await rest(installation)
    return petition


async def heads(installation: Installation) -> list[HeadsPublished]:
    subject = f"xf.{DISTRICT}.event.review.heads_published.v1"
    found = [one.data for one in await stored(installation, Stream.EVENTS) if one.subject == subject]
    return [HeadsPublished.model_validate_json(one) for one in found]


def export(installation: Installation, petition: str, to: Path, *more: str) -> Path:
    done = by_operator(installation, "audit", "export", petition, "--out", str(to), *more)
    assert done.returncode == 0, done.stderr
    return to


def verified(file: Path, *more: str) -> tuple[int, dict[str, Any]]:
    done = xinfang("audit", "verify", str(file), "--json", *more)
    return done.returncode, json.loads(done.stdout)


async def test_a_case_is_signed_published_exported_and_proven(
    installation: Installation, persons: Path, tmp_path: Path
) -> None:
    petition = await concluded(installation, persons)
    for on in ("2023-03-02", "2023-03-02", "2023-03-03"):
        await tick(installation, on)
        await rest(installation)
    (first,) = await heads(installation)
    assert [(one.petition, one.place) for one in first.grown] == [(petition, 8)]
    other, _ = await reported(installation)
    await tick(installation, "2023-03-04")
    await rest(installation)
    first, second = await heads(installation)
    assert (second.number, second.previous, second.cases) == (2, first.hash, 2)
    assert [one.petition for one in second.grown] == [other]
    head = by_operator(installation, "audit", "head", DISTRICT)
    assert (head.returncode, head.stdout.splitlines()[-1]) == (0, second.hash)

    file = export(installation, petition, tmp_path / "newest.jsonl")
    own = ("--keys", str(persons), "--head", second.hash)
    code, verdict = verified(file, *own)
    assert (code, verdict["holds"], verdict["faults"], verdict["notes"]) == (0, True, [], [])
    assert (verdict["records"], verdict["signatures"], verdict["published"][0]) == (8, 6, 2)
    # Nobody's words, and no more of anybody else than their keys.
    assert b"title" not in file.read_bytes() and other.encode() not in file.read_bytes()
    earlier = export(installation, petition, tmp_path / "first.jsonl", "--publication", "1")
    assert verified(earlier, "--keys", str(persons), "--head", first.hash)[0] == 0
    code, verdict = verified(earlier, *own)
    assert (code, [one["code"] for one in verdict["faults"]]) == (1, ["other_head"])

    text = file.read_bytes()
    file.write_bytes(text.replace(b'"outcome":"proved"', b'"outcome":"proven"', 1))
    told_so = xinfang("audit", "verify", str(file))
    assert told_so.returncode == 1
    assert "✗ 第 1 条 / record 1" in told_so.stdout and "这一行被改动" in told_so.stdout
    again = by_operator(installation, "audit", "export", petition, "--out", str(file))
    assert (again.returncode, "文件已存在" in again.stderr) == (2, True)


async def test_a_key_that_is_revoked_signs_no_more_and_what_it_signed_stands(
    installation: Installation, persons: Path, tmp_path: Path
) -> None:
    actor, file = "office_petition", persons / "office_petition.private.json"
    before, asked = await reported(installation)
    after, later = await reported(installation)
    answer, _ = await gives(installation, actor, read_person(file), asked)
    assert answer == "review.opinion_given.v1"
    # Revoked on another day: what was signed on the day before stands.
    await tick(installation, "2023-04-03")
    done = by_operator(installation, "keys", "revoke", f"{DISTRICT}.{actor}", read_person(file).key)
    assert (done.returncode, "已撤销" in done.stdout) == (0, True)
    assert before != after
    answer, refused = await gives(installation, actor, read_person(file), later)
    assert (answer, refused["reason"]) == ("review.command_refused.v1", "unknown_key")
    assert verified(export(installation, before, tmp_path / "before.jsonl"))[1]["faults"] == []
    again = by_operator(installation, "keys", "enrol", f"{DISTRICT}.{actor}", read_person(file).key)
    assert (again.returncode, "已经办过" in again.stderr) == (2, True)


async def test_nobody_elses_credential_makes_a_valid_opinion(
    installation: Installation, persons: Path, tmp_path: Path
) -> None:
    """Who has stolen an office's credential has not its person's key; who has another's key has not the office."""
    petition, asked = await reported(installation)
    thief = pen_of("thief")
    answers = [
        await gives(installation, "office_trial", thief, asked),
        await gives(installation, "office_trial", read_person(persons / "leader_principal.private.json"), asked),
        await said(installation, "office_trial", OPINION, petition=petition, version=1),
        await gives(installation, "office_supervision_1", read_person(persons / "office_trial.private.json"), asked),
    ]
    assert [one["reason"] for _, one in answers] == ["unknown_key", "unknown_key", "not_signed", "unknown_key"]
    # A key that its thief offers is nobody's until the operator has asked its person.
    await said(installation, "office_trial", "review.offer_key.v1", **thief.offer().model_dump(exclude_none=True))
    _, refused = await gives(installation, "office_trial", thief, asked)
    assert refused["reason"] == "unknown_key"
    found = await rows(installation, "SELECT state->'given' AS given FROM review.cases WHERE petition = $1", petition)
    assert json.loads(found[0]["given"]) == []


async def test_what_a_stolen_service_credential_says_is_not_proven(
    installation: Installation, persons: Path, tmp_path: Path
) -> None:
    """Review's own credential may say facts, but not with anybody's signature: the export names what it said."""
    petition, asked = await reported(installation)
    forged = {"petition": petition, "version": 1, "actor": "office_trial", "step": 1}
    previous = asked["link"]["hash"]
    for signed in ({}, {"signed": _signed_by(pen_of("thief"), "office_trial", asked)}):
        await _says(installation, forged | signed, previous)
    _, verdict = verified(export(installation, petition, tmp_path / "forged.jsonl"), "--keys", str(persons))
    assert {(one["place"], one["code"]) for one in verdict["faults"]} >= {(2, "unsigned"), (3, "unknown_key")}


def _signed_by(pen: Pen, actor: str, asked: dict[str, Any]) -> dict[str, Any]:
    opinion = pen.signed(GiveOpinion(petition=asked["petition"], version=1), DISTRICT, actor, asked)
    body = opinion.model_dump(mode="json", exclude_none=True)
    signature = body["signature"]
    text = signed_text(DISTRICT, actor, OPINION, body)
    return {name: signature[name] for name in ("person", "key", "alg", "value")} | {"text": text}


async def _says(installation: Installation, fact: dict[str, Any], previous: str) -> None:
    type_ = "review.opinion_given.v1"
    place = 3 if "signed" in fact else 2
    link = {"place": place, "previous": previous, "hash": record_hash(type_, fact, place, previous)}
    headers = headers_of(type_, fresh("forged-")) | {"ce-source": "review", "ce-time": "2023-04-03T09:00:00+08:00"}
    async with connected(installation, "review") as (review,):
        body = json.dumps(fact | {"link": link}).encode()
        await review.jetstream().publish(BY_TYPE[type_].subject(DISTRICT), body, headers=headers)


def test_the_command_line_says_what_to_do(installation: Installation, tmp_path: Path) -> None:
    named = xinfang("keys", "person", "--person", "张三", "--out", str(tmp_path / "a.private.json"))
    assert (named.returncode, "不用姓名" in named.stderr, list(tmp_path.iterdir())) == (2, True, [])
    elsewhere = xinfang("keys", "person", "--person", "p1", "--out", str(tmp_path / "a.json"))
    assert (elsewhere.returncode, ".private.json" in elsewhere.stderr) == (2, True)
    signer = by_operator(installation, "keys", "enrol", "office_trial", "x" * 43)
    assert (signer.returncode, "DISTRICT.ACTOR" in signer.stderr) == (2, True)
    key = by_operator(installation, "keys", "enrol", f"{DISTRICT}.office_trial", "short")
    assert (key.returncode, "43" in key.stderr) == (2, True)
    unknown = by_operator(installation, "keys", "revoke", f"{DISTRICT}.office_trial", "x" * 43)
    assert (unknown.returncode, "没有提交过" in unknown.stderr) == (2, True)
    nothing = by_operator(installation, "audit", "export", "430406-2023-999999", "--out", str(tmp_path / "x"))
    assert (nothing.returncode, "没有可导出的记录" in nothing.stderr) == (2, True)
    (tmp_path / "none").write_text("{}\n")
    assert verified(tmp_path / "none")[1]["faults"][0]["code"] == "header"
    broken = tmp_path / "b.public.json"
    broken.write_text("{}")
    folder = xinfang("audit", "verify", str(tmp_path / "none"), "--keys", str(tmp_path))
    assert (folder.returncode, "不是人员公钥" in folder.stderr) == (2, True)
