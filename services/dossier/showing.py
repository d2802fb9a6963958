"""``xinfang case``: gather, tell, show."""

import asyncio
import json
import re
from dataclasses import asdict
from pathlib import Path

import nats.errors
import typer
from nats.js.errors import APIError
from rich.console import Console
from rich.progress import Progress

from services.commands import district_of, operator
from services.runtime.errors import StartError

from .gathering import gather
from .telling import Fact, Told, is_excluded, tell

_NUMBER = re.compile(r"^[0-9]{6}-[0-9]{4}-[0-9]{6,9}$")


def show(petition: str, districts: Path, nats_url: str, seed: Path, actor: str | None, *, as_json: bool) -> int:
    """Print what happened to a petition. 1: there is none, or none for ``actor``, who is tied to it. StartError."""
    if not _NUMBER.match(petition):
        raise StartError(f"编号应为 区代码-年-序号 / a number is DISTRICT-YEAR-SERIAL: {petition}")
    district = district_of(districts, petition[:6])
    facts = asyncio.run(_gather(petition, nats_url, seed))
    if not facts or (actor is not None and is_excluded(facts, actor)):
        typer.echo(f"没有这件信访 / no such petition: {petition}", err=True)
        return 1
    told = tell(facts, petition, district)
    if as_json:
        steps = [asdict(one) | {"at": one.at.isoformat(timespec="seconds")} for one in told]
        typer.echo(json.dumps({"petition": petition, "steps": steps}, ensure_ascii=False))
    else:
        typer.echo(f"{petition}  {district.name}")
        for one in told:
            typer.echo(_line(one))
    return 0


def _line(one: Told) -> str:
    why = [
        f"规则 {one.rule}" if one.rule else "",
        f"因为 {'、'.join(one.reasons)}" if one.reasons else "",
        f"依据 {one.basis}" if one.basis else "",
    ]
    marks = "; ".join(part for part in why if part)
    return f"{one.at:%Y-%m-%d %H:%M}  {one.sentence}" + (f"  〔{marks}〕" if marks else "")


async def _gather(petition: str, nats_url: str, seed: Path) -> list[Fact]:
    client = await operator(nats_url, seed)
    try:
        with Progress(transient=True, console=Console(stderr=True)) as bar:
            task = bar.add_task("事件 / facts", total=None)
            return await gather(client, petition, lambda done, of: bar.update(task, completed=done, total=of))
    except (nats.errors.Error, APIError) as error:
        raise StartError(f"读不到事件流 / cannot read the facts: {type(error).__name__}") from None
    finally:
        await client.close()
