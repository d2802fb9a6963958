"""``xinfang keys offer | enrol | revoke``: commands on persons' keys, sent with a credential, and their answers."""

import asyncio
import re
from collections.abc import Awaitable
from pathlib import Path

import nats
import nats.errors
import typer
from nats.aio.client import Client
from nats.js.errors import Error as JetStreamError
from xinfang_contracts.message import Message
from xinfang_contracts.signing import EnrolKey, RevokeKey

from services.commands import operator
from services.demo.actors import Actor, Refused
from services.keyfiles import read_person
from services.runtime.credentials import User
from services.runtime.errors import StartError

WHY = {
    "unknown_key": "该岗位没有提交过这个密钥 / no such key was offered by this actor",
    "unknown_actor": "区文件中没有这个岗位 / the district file has no such actor",
    "already_decided": "已经办过 / it was done already",
    "key_taken": "密钥已属他人 / the key is somebody else's",
    "unusable_key": "不是可用的密钥 / not a usable key",
}
_SIGNER = re.compile(r"([0-9]{6})\.((?:office|leader|unit|superior)[a-z0-9_]*)")


def offer(signer: str, file: Path, nats_url: str, seed: Path) -> int:
    """Hand in a person's public keys as their actor. StartError where it is refused or nobody answers."""
    district, actor = _parts(signer)
    pen = read_person(file)
    asyncio.run(_ask(_connect(nats_url, f"{district}.{actor}", seed), district, actor, pen.offer()))
    typer.echo(f"已提交,请与操作员核对编号 / handed in; compare this number with the operator:\n{pen.key}")
    return 0


def enrol(signer: str, key: str, nats_url: str, seed: Path) -> int:
    """Enrol a key as the operator. StartError as ``offer``."""
    district, _ = _parts(signer)
    message = EnrolKey(signer=signer, key=_key(key))
    told = asyncio.run(_ask(operator(nats_url, seed), district, "operator", message))
    typer.echo(f"已登记 / enrolled: {signer} {told['person']} {key}")
    return 0


def revoke(signer: str, key: str, nats_url: str, seed: Path) -> int:
    """Revoke a key as the operator. StartError as ``offer``."""
    district, _ = _parts(signer)
    message = RevokeKey(signer=signer, key=_key(key))
    told = asyncio.run(_ask(operator(nats_url, seed), district, "operator", message))
    typer.echo(f"已撤销 / revoked: {signer} {told['person']} {key}")
    return 0


def _parts(signer: str) -> tuple[str, str]:
    found = _SIGNER.fullmatch(signer)
    if found is None:
        raise StartError(f"应为 区代码.岗位 / should be DISTRICT.ACTOR, as 990001.office_trial: {signer[:60]}")
    return found[1], found[2]


def _key(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", text):
        raise StartError(f"密钥编号应为 43 个字符 / a key's number has 43 characters: {text[:60]}")
    return text


async def _connect(nats_url: str, user: str, seed: Path) -> Client:
    try:
        return await nats.connect(
            nats_url,
            nkeys_seed=str(seed),
            inbox_prefix=User(user).inbox.encode(),
            allow_reconnect=False,
            max_reconnect_attempts=1,
        )
    except (OSError, nats.errors.Error) as error:
        raise StartError(f"连不上 NATS / cannot reach NATS at {nats_url}: {type(error).__name__}") from None


async def _ask(connecting: Awaitable[Client], district: str, actor: str, message: Message) -> dict[str, object]:
    asking = Actor(district, actor, await connecting)
    try:
        await asking.listen()
        return (await asking.command(message)).data
    except Refused as refused:
        reason = str(refused).rsplit(" ", 1)[-1]
        raise StartError(f"被拒绝 / refused: {WHY.get(reason, reason)}") from None
    except (nats.errors.Error, JetStreamError, TimeoutError) as error:
        raise StartError(f"没有得到答复 / no answer: {type(error).__name__}") from None
    finally:
        await asking.sign_out()
