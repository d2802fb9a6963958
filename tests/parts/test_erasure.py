"""What is destroyed stays destroyed; a new master key protects what is kept."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable

import asyncpg
import pytest
from xinfang_contracts.registry import Stream
from xinfang_contracts.vault import DocumentRead, PetitionErased, ReadRefused

from services.installation import Installation
from services.intake.vault.masters import make_first, name_of, versions
from services.intake.vault.rotation import rotate
from tests.flows.outside import (
    rows,
    stored,
)
from tests.parts.vaulted import (
    APPROVE,
    CANARY,
    CASE,
    OFFICE,
    ORDER,
    PRINCIPAL,
    PROPOSE,
    assigned,
    declined,
    deposited,
    execute,
    handed_in,
    kept,
    opened,
    read,
    restart,
    said,
)


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Its time is the broker's, as in production."""
    started: Installation = install(replay=False)
    return started


# -- erasure


async def test_two_approvers_erase_a_petition_and_nothing_of_it_is_left_in_the_vault(
    installation: Installation,
) -> None:
    petition = await declined(installation)
    await deposited(installation, petition)
    restored = await kept(installation, petition)
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
    found = await kept(installation, petition)
    return len(found["vault"]), len(found["documents"]), json.loads(found["petitions"][0]["state"])["status"]


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
