"""``xinfang audit``: export a case from the event stream, verify an export without any server, show the newest head."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import nats.errors
import typer
from nats.aio.client import Client
from nats.js.errors import APIError
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.signing import OfferKey, PublicJwk, thumbprint

from services.commands import operator
from services.dossier.gathering import gather, read_facts
from services.dossier.telling import Fact
from services.keyfiles import PUBLIC
from services.review.audit.findings import Finding, Verdict
from services.review.audit.lines import KEY_FACTS, Said, export, in_order
from services.review.audit.verifying import PUBLISHED, verify
from services.review.audit.words import FAULTS, NOTES
from services.runtime.districts import load_district
from services.runtime.errors import StartError


def export_case(petition: str, nats_url: str, seed: Path, to: Path, publication: int | None) -> int:
    """Write one case's export. publication: by whose head it is to be proven, the newest otherwise. StartError."""
    if to.exists():
        raise StartError(f"文件已存在,未作改动 / is there already, nothing was changed: {to}")
    facts, others = asyncio.run(_read(petition, nats_url, seed))
    keys = [_said(one) for one in others if one.type in KEY_FACTS]
    published = in_order(_said(one) for one in others if one.type == PUBLISHED)
    if publication is not None:
        published = [one for one in published if one.data["number"] <= publication]
        if not published or published[-1].data["number"] != publication:
            raise StartError(f"没有这一期公布 / there is no such publication: {publication}")
    try:
        text = export(petition, [_said(one) for one in facts], keys, published)
    except ValueError:
        raise StartError(f"这一件没有可导出的记录 / the petition has no records to export: {petition}") from None
    to.write_bytes(text)
    typer.echo(to)
    return 0


def newest_head(district: str, nats_url: str, seed: Path, *, as_json: bool) -> int:
    """Print the newest published head of a district, to be kept where nobody here can change it."""
    published = in_order(_said(one) for one in asyncio.run(_read_others(district, nats_url, seed)) if _is_head(one))
    if not published:
        raise StartError("尚未公布过链头 / no head has been published yet")
    last = published[-1].data
    if as_json:
        typer.echo(json.dumps({name: last[name] for name in ("number", "on", "cases", "root", "hash")}))
    else:
        typer.echo(f"第 {last['number']} 期 {last['on']},{last['cases']} 条链 / no. {last['number']}, chains")
        typer.echo(last["hash"])
    return 0


def verify_export(file: Path, keys: Path | None, head: str | None, district: Path | None, *, as_json: bool) -> int:
    """Print what an export proves; 1 where it does not. StartError for files that cannot be read."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise StartError(f"读不了 / cannot read {file}: {error.strerror}") from None
    known = None if keys is None else trusted(keys)
    verdict = verify(text, known, head, None if district is None else load_district(district))
    if as_json:
        typer.echo(json.dumps(asdict(verdict) | {"holds": not verdict.faults}, ensure_ascii=False))
    else:
        for line in _told(verdict):
            typer.echo(line)
    return 1 if verdict.faults else 0


def trusted(folder: Path) -> Mapping[str, tuple[str, PublicJwk]]:
    """Persons' public keys from their files, as ``keys person`` writes them. StartError where one is none."""
    found = {}
    for path in sorted(folder.glob(f"*{PUBLIC}")):
        try:
            offer = OfferKey.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            raise StartError(f"不是人员公钥 / not a person's public keys: {path}") from None
        found[thumbprint(offer.sign)] = (offer.person, offer.sign)
    return found


def _told(verdict: Verdict) -> list[str]:
    count = f"{verdict.records} 条记录、{verdict.signatures} 个有效签名"
    english = f"{verdict.records} records, {verdict.signatures} signatures that hold"
    lines = [f"{verdict.petition or '?'}:{count} / {english}"]
    if verdict.published is not None:
        number, on, digest = verdict.published
        lines.append(f"第 {number} 期链头({on})/ head no. {number}: {digest}")
    lines += [f"✗ {_line(one, FAULTS)}" for one in verdict.faults]
    lines += [f"· {_line(one, NOTES)}" for one in verdict.notes]
    if not verdict.faults:
        lines.append("✓ 链、签名、应有的意见与链头均相符 / chain, signatures, demanded opinions and head agree")
    return lines


def _line(one: Finding, words: Mapping[str, tuple[str, str]]) -> str:
    chinese, english = words[one.code]
    where = (
        "" if one.place is None else f"第 {one.place} 条 / record {one.place}" + (f" {one.type}" if one.type else "")
    )
    return f"{where + ':' if where else ''}{chinese} / {english}" + (f" ({one.detail})" if one.detail else "")


def _is_head(one: Fact) -> bool:
    return one.type == PUBLISHED


def _said(fact: Fact) -> Said:
    return Said(fact.type, fact.id, fact.at.isoformat(), fact.codes)


async def _read(petition: str, nats_url: str, seed: Path) -> tuple[list[Fact], list[Fact]]:
    client = await operator(nats_url, seed)
    try:
        with Progress(transient=True, console=Console(stderr=True)) as bar:
            task = bar.add_task("事件 / facts", total=None)
            facts = await gather(client, petition, lambda done, of: bar.update(task, completed=done, total=of))
            return facts, await _others(client, petition.split("-")[0])
    except (nats.errors.Error, APIError) as error:
        raise StartError(f"读不到事件流 / cannot read the facts: {type(error).__name__}") from None
    finally:
        await client.close()


async def _read_others(district: str, nats_url: str, seed: Path) -> list[Fact]:
    client = await operator(nats_url, seed)
    try:
        return await _others(client, district)
    except (nats.errors.Error, APIError) as error:
        raise StartError(f"读不到事件流 / cannot read the facts: {type(error).__name__}") from None
    finally:
        await client.close()


async def _others(client: Client, district: str) -> list[Fact]:
    """A district's facts on keys, and its publications."""
    return await read_facts(client, [BY_TYPE[type_].subject(district) for type_ in (*KEY_FACTS, PUBLISHED)])
