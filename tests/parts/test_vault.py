"""The vault on real servers: deposited, read by whom it concerns, audited, rotated, erased, and told to nobody else."""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from nats.aio.client import Client
from xinfang_contracts.intake import CommandRefused
from xinfang_contracts.registry import BY_TYPE, Stream
from xinfang_contracts.vault import DocumentDeposited, DocumentRead, PetitionErased, ReadRefused

from services.installation import Installation
from services.intake import audit, vault
from services.intake.masters import Masters, make_first, name_of, versions
from services.intake.reading_room import PART_BYTES
from services.intake.rotation import rotate
from services.runtime import keys
from services.runtime.errors import Poison
from tests.eventually import eventually
from tests.flows.canary import found_in
from tests.flows.outside import (
    DISTRICT,
    connected,
    fresh,
    headers_of,
    http,
    next_notice,
    rest,
    rows,
    seal,
    send,
    stored,
)
from tests.flows.watched import watched

OFFICE, TRIAL, CASE, PRINCIPAL = "office_petition", "office_trial", "office_case", "leader_principal"
UNIT, ACCUSED, STRANGER = "unit_430406001", "unit_430406003", "unit_stationed_5"
CANARY, PHONE, WORDS = "金丝雀拟名", "139-0000-1234", "虚构的画眉鸟在核查意见里"
DEPOSIT, SCREEN = "intake.deposit_document.v1", "intake.screen_petition.v1"
PROPOSE, APPROVE = "intake.propose_erasure.v1", "intake.approve_erasure.v1"
ORDER = {"ground": "court_order", "basis": "民法典1037"}


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Its time is the broker's, as in production."""
    started: Installation = install(replay=False)
    return started


async def handed_in(installation: Installation) -> str:
    """A petition on somebody in the accused's unit, as a reporter hands it in."""
    given = {
        "channel": "web",
        "text": f"虚构:{CANARY}看见鱼塘承包款三年没有公布,账目也没有给村民看过",
        "accused": [{"name": "某丁", "rank": "village_or_other", "unit": ACCUSED}],
        "reporter": {"name": CANARY, "contact": PHONE},
        "village": "430406003004",
    }
    async with http(installation) as door:
        key = {"Idempotency-Key": fresh("vault-")}
        answer = await door.post(f"/v1/{DISTRICT}/petitions", json=given, headers=key)
    assert answer.status_code == 201
    return str(answer.json()["petition"])


async def said(installation: Installation, actor: str, type_: str, **body: Any) -> tuple[str, dict[str, Any]]:
    """What an actor is answered: the type and the fact."""
    async with connected(installation, f"{DISTRICT}.{actor}") as (client,):
        headers = headers_of(type_)
        await send(client, actor, type_, json.dumps(body).encode(), headers)
        notice = await next_notice(client, actor, headers["ce-id"])
        return (notice.headers or {})["ce-type"], json.loads(notice.data)


async def declined(installation: Installation) -> str:
    """A petition that is decided without a case."""
    petition = await handed_in(installation)
    decision = {"kind": "decline", "ground": "no_substance", "basis": "规则13"}
    type_, _ = await said(installation, OFFICE, SCREEN, petition=petition, decision=decision)
    assert type_ == "intake.petition_declined.v1"
    return petition


async def assigned(installation: Installation) -> tuple[str, str]:
    """A petition that has become a case, and its unit, of which intake knows."""
    petition = await handed_in(installation)
    decision = {
        "kind": "accept",
        "category": "masses",
        "rank": "village_or_other",
        "real_name": True,
        "responsible_unit": UNIT,
    }
    await said(installation, OFFICE, SCREEN, petition=petition, decision=decision)

    async def unit() -> Any:
        found = "SELECT state->>'unit' AS unit FROM intake.petitions WHERE petition = $1"
        return (await rows(installation, found, petition))[0]["unit"]

    return petition, str(await eventually(unit))


async def deposited(
    installation: Installation, petition: str, text: str = WORDS, *, actor: str = OFFICE, kind: str = "remarks"
) -> tuple[str, dict[str, Any]]:
    content = seal(installation, {"text": text})
    return await said(installation, actor, DEPOSIT, petition=petition, kind=kind, content=content)


async def ask(client: Client, actor: str, petition: str, **more: Any) -> DocumentRead | ReadRefused:
    """One question to read."""
    subject = BY_TYPE["intake.read_document.v1"].subject(DISTRICT, actor)
    body = {"petition": petition, "reason": "handling"} | more
    answer = await client.request(subject, json.dumps(body).encode(), timeout=10)
    model = DocumentRead if "content" in json.loads(answer.data) else ReadRefused
    return model.model_validate_json(answer.data)


async def read(installation: Installation, actor: str, petition: str, **more: Any) -> DocumentRead | ReadRefused:
    async with connected(installation, f"{DISTRICT}.{actor}") as (client,):
        return await ask(client, actor, petition, **more)


def opened(installation: Installation, actor: str, answer: DocumentRead | ReadRefused) -> bytes:
    """What the asker's private key makes of it."""
    assert isinstance(answer, DocumentRead), answer
    return keys.unseal(answer.content, keys.private_key(installation.folder / "keys", f"{DISTRICT}.{actor}"))


async def execute(installation: Installation, statement: str, *arguments: Any) -> None:
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def restart(installation: Installation) -> None:
    installation.kill_service("intake")
    installation.start_service("intake")
    await asyncio.to_thread(installation.wait_ready, ["intake"])


# -- depositing and reading


async def test_what_an_office_deposits_it_reads_with_its_own_key_and_nobody_with_another(
    installation: Installation,
) -> None:
    petition = await handed_in(installation)
    type_, body = await deposited(installation, petition)
    assert type_ == "intake.document_deposited.v1"
    fact = DocumentDeposited.model_validate(body)
    assert (fact.petition, fact.kind, fact.by) == (petition, "remarks", OFFICE)
    whole = await read(installation, OFFICE, petition)
    assert isinstance(whole, DocumentRead) and whole.others is not None
    assert [(one.document, one.kind) for one in whole.others] == [(fact.document.document, "remarks")]
    answer = await read(installation, OFFICE, petition, document=fact.document.document)
    plaintext = opened(installation, OFFICE, answer)
    assert json.loads(plaintext) == {"text": WORDS}
    (row,) = await rows(installation, "SELECT salt, digest FROM intake.documents WHERE id::text = $1", answer.document)  # type: ignore[union-attr]
    assert row["digest"].hex() == fact.document.digest == vault.digest_of(row["salt"], plaintext).hex()
    with pytest.raises(Poison):
        opened(installation, TRIAL, answer)


async def test_a_deposit_sent_twice_is_one_document(installation: Installation) -> None:
    petition = await handed_in(installation)
    body = {"petition": petition, "kind": "other", "content": seal(installation, {"text": WORDS})}
    headers = headers_of(DEPOSIT)
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (client,):
        for _ in range(3):
            await send(client, OFFICE, DEPOSIT, json.dumps(body).encode(), headers)
    await rest(installation)
    found = await rows(installation, "SELECT id FROM intake.documents WHERE petition = $1 AND kind = 'other'", petition)
    assert len(found) == 1


async def test_the_handling_unit_reads_and_the_accused_unit_and_a_stranger_do_not(installation: Installation) -> None:
    petition, unit = await assigned(installation)
    assert unit != ACCUSED
    content = json.loads(opened(installation, unit, await read(installation, unit, petition)))
    assert content["reporter"]["name"] == CANARY
    assert isinstance(await read(installation, TRIAL, petition), DocumentRead)
    for actor in (ACCUSED, STRANGER, "superior_430000", CASE):
        answer = await read(installation, actor, petition)
        assert answer == ReadRefused(reason="not_entitled"), actor  # type: ignore[arg-type]


@pytest.mark.parametrize("petition", ["430406-2020-999999", "990001-2023-000001"])
async def test_of_a_petition_that_is_not_there_a_stranger_learns_the_same(
    installation: Installation, petition: str
) -> None:
    assert await read(installation, STRANGER, petition) == ReadRefused(reason="not_entitled")  # type: ignore[arg-type]


async def test_only_a_units_own_credential_asks_in_its_name_and_nobody_listens(installation: Installation) -> None:
    subjects = [BY_TYPE["intake.read_document.v1"].subject(DISTRICT, actor) for actor in (OFFICE, UNIT)]
    for user in (f"{DISTRICT}.{STRANGER}", f"{DISTRICT}.partner_yidiantong", "routing", "operator"):
        async with watched(installation, user) as one:
            assert await one.may_publish(subjects) == [], user
            assert await one.may_hear([*subjects, "xf.*.read.intake.*"]) == [], user


async def test_a_question_of_the_wrong_shape_is_refused_and_audited(installation: Installation) -> None:
    malformed = "SELECT count(*) AS n FROM intake.readings WHERE petition IS NULL AND NOT granted"
    ((before,),) = await rows(installation, malformed)
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (client,):
        subject = BY_TYPE["intake.read_document.v1"].subject(DISTRICT, OFFICE)
        for body in (b"", b"{", CANARY.encode(), json.dumps({"petition": CANARY, "reason": CANARY}).encode()):
            answer = await client.request(subject, body, timeout=10)
            assert json.loads(answer.data) == {"reason": "wrong_shape"}
    ((after,),) = await rows(installation, malformed)
    assert after == before + 4


async def test_a_large_file_is_answered_in_parts_as_it_was_stored(installation: Installation) -> None:
    petition = await handed_in(installation)
    content = bytes(range(256)) * (2 * PART_BYTES // 256) + b"end"
    (row,) = await rows(installation, "SELECT wrapped_key, key_version FROM intake.vault WHERE petition = $1", petition)
    data_key = vault.unwrap(row["wrapped_key"], Masters(installation.folder / "keys").key(row["key_version"]))
    file = vault.lock(content, petition, "file", data_key)
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        await vault.insert(connection, [file])
    finally:
        await connection.close()
    found = b""
    for part in (1, 2, 3):
        answer = await read(installation, OFFICE, petition, document=str(file.id), part=part)
        assert isinstance(answer, DocumentRead) and (answer.part, answer.of, answer.kind) == (part, 3, "file")
        found += opened(installation, OFFICE, answer)
    assert found == content
    beyond = await read(installation, OFFICE, petition, document=str(file.id), part=4)
    assert beyond == ReadRefused(reason="unknown_document")  # type: ignore[arg-type]


async def test_a_letter_that_reveals_the_reporter_is_refused_by_kinds_and_a_proper_one_is_taken(
    installation: Installation,
) -> None:
    petition = await handed_in(installation)
    letter = "答复金 丝 雀·拟名同志(电话一三九 0000 1234):鱼塘承包款已于三月公布。"
    type_, body = await deposited(installation, petition, letter, kind="letter")
    assert type_ == "intake.command_refused.v1"
    refused = CommandRefused.model_validate(body)
    assert (refused.reason, refused.details) == ("reveals_reporter", ["name", "phone"])
    kept = await _kept(installation, petition)
    assert [row["kind"] for row in kept["documents"]] == ["petition"]
    type_, _ = await deposited(installation, petition, "关于您反映的问题,承包款已于三月公布。", kind="letter")
    assert type_ == "intake.document_deposited.v1"
    type_, _ = await deposited(installation, petition, letter, kind="report")
    assert type_ == "intake.document_deposited.v1"


async def test_what_does_not_open_is_buried(installation: Installation) -> None:
    petition = await handed_in(installation)
    before = len(await stored(installation, Stream.DEAD))
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (client,):
        other = seal(installation, {"text": WORDS}, f"{DISTRICT}.{TRIAL}")
        for content in (other, seal(installation, {"words": WORDS})):
            body = json.dumps({"petition": petition, "kind": "remarks", "content": content}).encode()
            await send(client, OFFICE, DEPOSIT, body)
    await rest(installation)
    assert await eventually(lambda: _count_dead(installation, before + 2))


async def _count_dead(installation: Installation, wanted: int) -> bool:
    return len(await stored(installation, Stream.DEAD)) == wanted


# -- the audit


async def test_the_audit_holds_and_an_edited_row_breaks_it(installation: Installation) -> None:
    petition = await handed_in(installation)
    for actor in (OFFICE, STRANGER, OFFICE):
        await read(installation, actor, petition)
    asked = await rows(
        installation, "SELECT id, actor, granted FROM intake.readings WHERE petition = $1 ORDER BY id", petition
    )
    assert [(row["actor"], row["granted"]) for row in asked] == [(OFFICE, True), (STRANGER, False), (OFFICE, True)]
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        assert await audit.first_broken(connection) is None
        edited = asked[1]["id"]
        for change, back in (("granted = true", "granted = false"), ("reason = 'reply'", "reason = 'handling'")):
            await connection.execute(f"UPDATE intake.readings SET {change} WHERE id = $1", edited)
            assert await audit.first_broken(connection) == edited
            await connection.execute(f"UPDATE intake.readings SET {back} WHERE id = $1", edited)
            assert await audit.first_broken(connection) is None
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE xf_intake")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("DELETE FROM intake.readings")
    finally:
        await connection.close()


async def test_twenty_questions_at_once_are_twenty_links_of_one_chain(installation: Installation) -> None:
    petition = await handed_in(installation)
    async with connected(installation, f"{DISTRICT}.{OFFICE}", f"{DISTRICT}.{STRANGER}") as (office, stranger):
        asked = [ask(*one, petition) for one in ((office, OFFICE), (stranger, STRANGER)) for _ in range(10)]
        answers = await asyncio.gather(*asked)
    assert [isinstance(one, DocumentRead) for one in answers] == [True] * 10 + [False] * 10
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        assert await audit.first_broken(connection) is None
    finally:
        await connection.close()


# -- erasure


async def test_two_approvers_erase_a_petition_and_nothing_of_it_is_left_in_the_vault(
    installation: Installation,
) -> None:
    petition = await declined(installation)
    await deposited(installation, petition)
    restored = await _kept(installation, petition)
    assert (await said(installation, OFFICE, PROPOSE, petition=petition, **ORDER))[0] == "intake.erasure_proposed.v1"
    for actor in (OFFICE, "leader_deputy_1"):
        type_, body = await said(installation, actor, APPROVE, petition=petition)
        assert (type_, body["reason"]) == ("intake.command_refused.v1", "not_entitled")
    assert (await said(installation, PRINCIPAL, APPROVE, petition=petition))[0] == "intake.erasure_approved.v1"
    again = await said(installation, PRINCIPAL, APPROVE, petition=petition)
    assert again[1]["reason"] == "already_decided"
    assert await _left(installation, petition) == (1, 2, "declined")
    assert (await said(installation, CASE, APPROVE, petition=petition))[0] == "intake.erasure_approved.v1"
    (fact,) = [
        PetitionErased.model_validate_json(one.data)
        for one in await stored(installation, Stream.EVENTS)
        if one.subject.endswith("petition_erased.v1") and petition.encode() in one.data
    ]
    assert fact.ground == "court_order"
    assert await _left(installation, petition) == (0, 0, "erased")
    assert (await deposited(installation, petition))[1]["reason"] == "erased"
    assert await read(installation, OFFICE, petition) == ReadRefused(reason="not_entitled")  # type: ignore[arg-type]

    await _restore(installation, restored)
    assert await _left(installation, petition) == (1, 2, "declined")
    await restart(installation)
    assert await _left(installation, petition) == (0, 0, "erased")


async def test_an_open_case_is_not_erased(installation: Installation) -> None:
    petition, _ = await assigned(installation)
    assert (await said(installation, OFFICE, PROPOSE, petition=petition, **ORDER))[1]["reason"] == "case_open"


TABLES = ("vault", "documents", "petitions")


async def _kept(installation: Installation, petition: str) -> dict[str, list[asyncpg.Record]]:
    """All rows of a petition, as a backup has them."""
    return {
        table: await rows(installation, f"SELECT * FROM intake.{table} WHERE petition = $1", petition)
        for table in TABLES
    }


async def _restore(installation: Installation, kept: dict[str, list[asyncpg.Record]]) -> None:
    for table, found in kept.items():
        for row in found:
            await execute(installation, f"DELETE FROM intake.{table} WHERE petition = $1", row["petition"])
    for table, found in kept.items():
        for row in found:
            places = ", ".join(f"${i}" for i in range(1, len(row) + 1))
            await execute(
                installation, f"INSERT INTO intake.{table} ({', '.join(row.keys())}) VALUES ({places})", *row.values()
            )


async def _left(installation: Installation, petition: str) -> tuple[int, int, str]:
    kept = await _kept(installation, petition)
    return len(kept["vault"]), len(kept["documents"]), json.loads(kept["petitions"][0]["state"])["status"]


# -- rotation


def xinfang(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, as an operator has it."""
    command = [sys.executable, "-m", "services.cli", *arguments, "--database", installation.postgres.url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


async def test_an_operator_rotates_and_verifies_from_the_command_line(installation: Installation) -> None:
    folder = installation.folder / "keys"
    before = versions(folder)[-1]
    petition = await handed_in(installation)
    done = await asyncio.to_thread(xinfang, installation, "vault", "rotate", "--keys", str(folder))
    assert done.returncode == 0, done.stderr
    assert f"{name_of(before)}.secret" in done.stdout
    assert versions(folder)[-1] == before + 1
    assert isinstance(await read(installation, OFFICE, petition), DocumentRead)
    verified = await asyncio.to_thread(xinfang, installation, "vault", "verify", "--json")
    assert verified.returncode == 0 and json.loads(verified.stdout)["broken"] is None
    await execute(installation, "UPDATE intake.readings SET granted = NOT granted WHERE id = 1")
    broken = await asyncio.to_thread(xinfang, installation, "vault", "verify", "--json")
    assert broken.returncode == 1 and json.loads(broken.stdout)["broken"] == 1
    await execute(installation, "UPDATE intake.readings SET granted = NOT granted WHERE id = 1")
    assert list(folder.glob("new.*")) == []


class Interrupted(Exception):
    """Whoever runs the rotation is cut off."""


async def test_the_master_key_is_rotated_under_a_running_service(installation: Installation) -> None:
    folder, url = installation.folder / "keys", installation.postgres.url
    petitions = [await handed_in(installation) for _ in range(3)]
    before = versions(folder)[-1]

    def cut_off(done: int, of: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        await rotate(url, folder, cut_off, page=2)
    assert versions(folder)[-1] == before + 1
    mixed = await rows(installation, "SELECT DISTINCT key_version FROM intake.vault")
    assert {row["key_version"] for row in mixed} == {before, before + 1}
    for petition in petitions:
        assert CANARY.encode() in opened(installation, OFFICE, await read(installation, OFFICE, petition))
    seen: list[tuple[int, int]] = []
    unused = await rotate(url, folder, lambda done, of: seen.append((done, of)), page=2)
    assert unused[-1] == f"{name_of(before)}.secret"
    assert versions(folder)[-1] == before + 1 and seen[-1][0] == seen[-1][1]
    for name in unused:
        (folder / name).unlink()
    petitions.append(await handed_in(installation))
    for petition in petitions:
        assert CANARY.encode() in opened(installation, OFFICE, await read(installation, OFFICE, petition))
    await restart(installation)
    assert CANARY.encode() in opened(installation, OFFICE, await read(installation, OFFICE, petitions[0]))
    make_first(folder)
    assert versions(folder) == [before + 1]


# -- and told to nobody


async def test_no_deposited_word_stands_anywhere_outside_the_vault(installation: Installation) -> None:
    petition = await handed_in(installation)
    await deposited(installation, petition)
    await read(installation, OFFICE, petition)
    await rest(installation)
    evidence: dict[str, bytes] = {}
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        for schema, table in await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ):
            dump = io.BytesIO()
            await connection.copy_from_table(table, schema_name=schema, output=dump)
            evidence[f"{schema}.{table}"] = dump.getvalue()
    finally:
        await connection.close()
    for stream in (Stream.COMMANDS, Stream.EVENTS, Stream.NOTICES, Stream.DEAD):
        for message in await stored(installation, stream):
            evidence[f"{stream} {message.seq}"] = (message.data or b"") + json.dumps(message.headers or {}).encode()
    for name, running in installation.running.items():
        evidence[name] = running.log.read_bytes()
    assert found_in(evidence, [WORDS, CANARY, PHONE]) == []
    assert petition.encode() in evidence["intake.readings"]
