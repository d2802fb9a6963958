"""The audit's head is published once a day, and what is cut off or rewritten afterwards is missed."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg
import pytest
from xinfang_contracts.registry import Stream
from xinfang_contracts.vault import AuditHeadPublished, DocumentRead

from services.installation import Installation
from services.intake.vault import audit
from services.runtime import credentials
from tests.flows.outside import DISTRICT, rest, stored, tick
from tests.parts.vaulted import CANARY, OFFICE, STRANGER, handed_in, read


@pytest.fixture(scope="module")
def installation(installation: Installation) -> Installation:
    """The module's installation on its first day."""
    asyncio.run(tick(installation, "2023-03-01"))
    return installation


async def day(installation: Installation, on: str) -> None:
    await tick(installation, on)
    await rest(installation)


async def heads(installation: Installation) -> list[AuditHeadPublished]:
    """Those of this district, in their order."""
    subject = f"xf.{DISTRICT}.event.intake.audit_head_published.v1"
    found = [one for one in await stored(installation, Stream.EVENTS) if one.subject == subject]
    assert all(CANARY.encode() not in one.data and OFFICE.encode() not in one.data for one in found)
    return [AuditHeadPublished.model_validate_json(one.data) for one in found]


def verify(installation: Installation, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of the command line."""
    command = [sys.executable, "-m", "services.cli", "vault", "verify", "--json", *arguments]
    command += ["--database", installation.postgres.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout or "{}")


def newest(installation: Installation) -> Sequence[str]:
    seed = credentials.seed_file(installation.folder / "credentials", "operator")
    return ("--nats-url", installation.nats.url, "--seed", str(seed))


async def test_a_head_is_published_with_each_day_and_what_is_cut_off_is_missed(installation: Installation) -> None:
    assert await heads(installation) == []
    assert verify(installation, *newest(installation)) == (2, {})
    petition = await handed_in(installation)
    for actor in (OFFICE, STRANGER, OFFICE):
        await read(installation, actor, petition)
    for on in ("2023-03-02", "2023-03-02", "2023-03-03"):
        await day(installation, on)
    connection = await asyncpg.connect(installation.postgres.url)
    try:
        rows, digest = await audit.head(connection)
        first, second = await heads(installation)
        assert (first.on, second.on) == (date(2023, 3, 2), date(2023, 3, 3))
        assert (first.rows, first.hash) == (second.rows, second.hash) == (rows, digest) and rows == 3
        assert isinstance(await read(installation, OFFICE, petition), DocumentRead)
        for given in (newest(installation), ("--head", f"{rows}:{digest}")):
            code, answer = verify(installation, *given)
            assert (code, answer["broken"], answer["agrees"], answer["rows"]) == (0, None, True, 4)
        await connection.execute("DELETE FROM intake.readings WHERE id >= 3")
    finally:
        await connection.close()
    assert verify(installation)[1]["agrees"] is None
    for given in (newest(installation), ("--head", f"{rows}:{digest}")):
        code, answer = verify(installation, *given)
        assert (code, answer["broken"], answer["agrees"]) == (1, None, False)
    # What is read from now on does not hide the gap.
    for _ in range(3):
        await read(installation, OFFICE, petition)
    code, answer = verify(installation, *newest(installation))
    assert (code, answer["broken"], answer["agrees"], answer["rows"]) == (1, None, False, 5)


@pytest.mark.parametrize("head", ["", "3", "0:" + "0" * 64, "3:" + "0" * 63, "x:" + "0" * 64])
def test_what_is_no_head_is_refused(installation: Installation, head: str) -> None:
    assert verify(installation, "--head", head) == (2, {})
