"""The vault on real servers: deposited, read by whom it concerns, audited, and told to nobody else."""

import asyncio
import io
import json
from collections.abc import Callable

import asyncpg
import nats.errors
import pytest
from xinfang_contracts.intake import CommandRefused
from xinfang_contracts.registry import BY_TYPE, Stream
from xinfang_contracts.vault import DocumentDeposited, DocumentRead, ReadRefused

from services.installation import Installation
from services.intake.vault import audit, documents
from services.intake.vault.answering import PART_BYTES
from services.intake.vault.masters import Masters
from services.runtime.errors import Poison
from tests.eventually import eventually
from tests.flows.canary import found_in
from tests.flows.outside import (
    DISTRICT,
    connected,
    headers_of,
    next_notice,
    rest,
    rows,
    seal,
    send,
    stored,
)
from tests.flows.watched import watched
from tests.parts.vaulted import (
    ACCUSED,
    CANARY,
    CASE,
    DEPOSIT,
    OFFICE,
    PHONE,
    STRANGER,
    TRIAL,
    UNIT,
    WORDS,
    ask,
    assigned,
    deposited,
    handed_in,
    kept,
    opened,
    read,
)


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Its time is the broker's, as in production."""
    started: Installation = install(replay=False)
    return started


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
    salt = await salt_of(installation, fact.document.document)
    assert fact.document.digest == documents.digest_of(salt, plaintext).hex()
    with pytest.raises(Poison):
        opened(installation, TRIAL, answer)


async def salt_of(installation: Installation, document: str) -> bytes:
    """A document's salt, which only its petition's data key opens."""
    (row,) = await rows(
        installation,
        "SELECT petition, salt, wrapped_key, key_version FROM intake.documents JOIN intake.vault USING (petition)"
        " WHERE id::text = $1",
        document,
    )
    data_key = documents.unwrap(row["wrapped_key"], Masters(installation.folder / "keys").key(row["key_version"]))
    return documents.unlock(row["salt"], row["petition"], data_key)


async def test_a_deposit_repeated_after_a_crash_is_told_by_the_same_digest(installation: Installation) -> None:
    petition = await handed_in(installation)
    await rest(installation)
    await asyncio.to_thread(installation.kill_service, "intake")
    running = installation.start_service("intake", crash_at="after_commit")
    body = {"petition": petition, "kind": "other", "content": seal(installation, {"text": WORDS})}
    headers = headers_of(DEPOSIT)
    kept_as = "SELECT id, digest FROM intake.documents WHERE petition = $1 AND kind = 'other'"
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (client,):
        await send(client, OFFICE, DEPOSIT, json.dumps(body).encode(), headers)
        assert await asyncio.to_thread(running.process.wait, 60) != 0
        (before,) = await rows(installation, kept_as, petition)
        installation.start_service("intake")
        await asyncio.to_thread(installation.wait_ready, ["intake"])
        fact = DocumentDeposited.model_validate_json((await next_notice(client, OFFICE, headers["ce-id"])).data)
    (after,) = await rows(installation, kept_as, petition)
    assert before == after
    assert (fact.document.document, fact.document.digest) == (str(after["id"]), after["digest"].hex())


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


async def test_no_answer_goes_where_the_asker_may_not_write(installation: Installation) -> None:
    """The server asks nobody whether a reply subject is theirs; an account of their own keeps it to them."""
    petition = await handed_in(installation)
    subject = BY_TYPE["intake.read_document.v1"].subject(DISTRICT, OFFICE)
    body = json.dumps({"petition": petition, "reason": "handling"}).encode()

    async def is_looked_up() -> bool:
        """That it is like an earlier one is said as well, in its own time."""
        return not await rows(installation, "SELECT 1 FROM intake.unsigned")

    await eventually(is_looked_up, seconds=60)
    await rest(installation)
    before = {stream: len(await stored(installation, stream)) for stream in (Stream.EVENTS, Stream.NOTICES)}
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (client,):
        for end in ("event.intake.petition_registered.v1", f"notice.{TRIAL}.petition_registered.v1"):
            await client.publish(subject, body, reply=f"xf.{DISTRICT}.{end}")
        await client.flush()
        # Questions of one asker are answered in order: these have been when this one has.
        assert isinstance(await ask(client, OFFICE, petition), DocumentRead)
    await rest(installation)
    assert before == {stream: len(await stored(installation, stream)) for stream in before}


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
    data_key = documents.unwrap(row["wrapped_key"], Masters(installation.folder / "keys").key(row["key_version"]))
    file = documents.lock(content, petition, "file", data_key)
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        await documents.insert(connection, [file])
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
    found = await kept(installation, petition)
    assert [row["kind"] for row in found["documents"]] == ["petition"]
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


async def test_who_has_no_key_is_told_so_and_reads_once_it_is_there(installation: Installation) -> None:
    petition, unit = await assigned(installation)
    district = installation.districts[DISTRICT]
    linked = next(one.linked_office for one in district.units if one.code == unit)
    assert linked is not None
    public = installation.folder / "keys" / f"{DISTRICT}.{linked}.public.json"
    away = public.rename(public.with_suffix(".away"))
    assert await read(installation, linked, petition) == ReadRefused(reason="no_key")  # type: ignore[arg-type]
    away.rename(public)
    assert CANARY.encode() in opened(installation, linked, await read(installation, linked, petition))


async def test_reading_goes_on_after_the_database_and_the_broker_were_away(installation: Installation) -> None:
    petition = await handed_in(installation)
    await asyncio.to_thread(installation.postgres.stop)
    try:
        answer = await read(installation, OFFICE, petition)
    finally:
        await asyncio.to_thread(installation.postgres.start)
    assert answer == ReadRefused(reason="try_again")  # type: ignore[arg-type]
    await asyncio.to_thread(installation.nats.stop)
    await asyncio.to_thread(installation.nats.start)
    await asyncio.to_thread(installation.wait_ready)

    async def is_read() -> bool:
        try:
            return isinstance(await read(installation, OFFICE, petition), DocumentRead)
        except nats.errors.Error:
            return False

    assert await eventually(is_read)


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
