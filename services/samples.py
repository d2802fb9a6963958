"""``xinfang audit sample``: draw a period's sample again from the event stream; is it what was drawn?"""

import asyncio
import json
from pathlib import Path

import nats.errors
import typer
from nats.js.errors import APIError
from xinfang_contracts.registry import BY_TYPE

from services.commands import operator
from services.dossier.gathering import read_facts
from services.dossier.telling import Fact
from services.review.quality.proving import Proof, draw_again
from services.runtime.districts import load_district
from services.runtime.errors import StartError


def sample_again(file: Path, period: str, nats_url: str, seed: Path, *, as_json: bool) -> int:
    """Print what was drawn, and what is to be drawn; 1 where they differ. file: the district's. StartError."""
    district = load_district(file)
    facts = asyncio.run(_read(district.code, nats_url, seed))
    said = [(BY_TYPE[one.type].model.model_validate(one.codes), one.at) for one in facts]
    try:
        proof = draw_again(said, period, district)
    except ValueError:
        raise StartError(f"不是期间(2023、2023-H2、2023-Q4)/ not a period: {period}") from None
    if proof is None:
        raise StartError(f"这一期没有抽取过 / the period was never drawn: {period}")
    if as_json:
        typer.echo(json.dumps({"drawn": proof.drawn.petitions, "again": proof.again, "differs": proof.differs}))
    else:
        _tell(proof)
    return 1 if proof.differs else 0


def _tell(proof: Proof) -> None:
    drawn = proof.drawn
    typer.echo(f"{drawn.period}:办结 {drawn.frame} 件,抽中 {len(drawn.petitions)} 件 / concluded, drawn")
    typer.echo(f"种子 / seed: 第 {drawn.publication} 期链头 ({drawn.published_on}) {drawn.seed}")
    for petition in proof.again:
        typer.echo(f"  {petition}")
    if proof.differs:
        typer.echo(f"✗ 与重新抽取的不符 / is not what is drawn again: {'、'.join(proof.differs)}")
    else:
        typer.echo("✓ 与重新抽取的一致 / the same is drawn again")


async def _read(district: str, nats_url: str, seed: Path) -> list[Fact]:
    """What routing and review have said of a district, in the stream's order."""
    client = await operator(nats_url, seed)
    try:
        return await read_facts(client, [f"xf.{district}.event.{service}.>" for service in ("routing", "review")])
    except (nats.errors.Error, APIError) as error:
        raise StartError(f"读不到事件流 / cannot read the facts: {type(error).__name__}") from None
    finally:
        await client.close()
