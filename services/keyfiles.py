"""Key files of an installation: the services' own, readers' pairs, persons' keys, channels' secrets."""

import json
import secrets
import string
from pathlib import Path

from pydantic import ValidationError
from xinfang_contracts.district import Channel, District

from services.catalogue import SERVICES, secrets_of
from services.intake.doors.hotline import HotlineSecret
from services.intake.doors.setup import ChannelSecret, secret_file
from services.intake.doors.wechat import WeChatSecret
from services.intake.vault import masters
from services.review.signing.pen import Pen
from services.runtime import keys
from services.runtime.errors import StartError

_SYMBOLS = string.ascii_letters + string.digits


def make_own(folder: Path) -> list[str]:
    """The vault's pair, the first master key and the services' secrets; returns the new files. What is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    before = set(folder.iterdir())
    keys.make_pair(folder, keys.VAULT)
    masters.make_first(folder)
    for names in map(secrets_of, SERVICES):
        for name in names:
            keys.make_secret(folder, name)
    return sorted(path.name for path in set(folder.iterdir()) - before)


def readers(district: District) -> list[str]:
    """Whoever may read is answered under a key of their own: everybody but the partners."""
    return [actor for actor in district.actors() if not actor.startswith("partner")]


def make_reader(folder: Path, district: District, actor: str, private: Path) -> Path:
    """A reader's pair: the public half into the services' folder, the private half into ``private``.

    Returns the public half's file. StartError, with nothing written, when there is no such reader, a file is there
    already, or the private half would lie with the services, who must not be able to open what is sealed for others.
    """
    if actor not in readers(district):
        raise StartError(f"区文件中没有这个读者 / the district file has no such reader: {actor}")
    if not folder.is_dir():
        raise StartError(f"没有这个密钥目录,请先 keys init / no such key folder, first say keys init: {folder}")
    if private.resolve().parent == folder.resolve():
        raise StartError(f"私钥不得放在服务的密钥目录 / the services' folder is no place for a private key: {private}")
    public = keys.public_file(folder, f"{district.code}.{actor}")
    for path in (public, private):
        if path.exists():
            raise StartError(_there(path))
    keys.write_pair(private, public, f"{district.code}.{actor}")
    return public


def may_sign(actor: str) -> bool:
    """Whether an actor's persons may have keys of their own."""
    return actor.startswith(("office", "leader", "unit", "superior"))


def make_person(private: Path, person: str) -> Pen:
    """A person's keys: the private halves into ``private``, the public ones beside it, as they are offered.

    StartError, with nothing written, when a file is there or the code is none.
    """
    if not private.name.endswith(PRIVATE):
        raise StartError(f"文件名须以 {PRIVATE} 结尾 / the file's name must end in {PRIVATE}: {private}")
    public = private.with_name(private.name.removesuffix(PRIVATE) + PUBLIC)
    for path in (public, private):
        if path.exists():
            raise StartError(_there(path))
    pen = Pen.new(person)
    try:
        text = pen.offer().model_dump_json(exclude_none=True)
    except ValidationError:
        raise StartError(
            f"人员编号应为小写字母、数字、下划线,不用姓名 / a person's code is a-z, 0-9 and _, never a name: {person}"
        ) from None
    private.parent.mkdir(parents=True, exist_ok=True)
    keys.write_new(private, pen.private())
    public.write_text(text + "\n")
    return pen


def read_person(private: Path) -> Pen:
    """A person's keys as ``make_person`` wrote them; StartError when they are not."""
    try:
        return Pen.of(private.read_text())
    except (OSError, ValueError, KeyError, TypeError):
        raise StartError(f"密钥文件缺失或损坏 / key file missing or broken: {private}") from None


PRIVATE, PUBLIC = ".private.json", ".public.json"


def make_channel(folder: Path, district: District, code: str, **given: str | int | None) -> Path:
    """The secret that opens a channel's door, of chance but for what its other side gives (``app_id`` ...).

    Returns its file. StartError, with nothing written, when the channel has no door of its own, what is given does not
    fit, or the file is there already.
    """
    channel = district.channel(code)
    if channel is None or channel.adapter is None:
        raise StartError(f"该渠道没有专用入口 (adapter) / this channel has no door of its own (adapter): {code}")
    path = secret_file(folder, district, channel)
    if path.exists():
        raise StartError(_there(path))
    content = _content(channel, {name: value for name, value in given.items() if value is not None})
    keys.write_new(path, json.dumps(content))
    return path


def _content(channel: Channel, given: dict[str, str | int]) -> dict[str, str | int]:
    kind: type[ChannelSecret]
    if channel.adapter == "hotline":
        kind, made = HotlineSecret, {"secret": secrets.token_hex(32)}
    else:
        kind, made = WeChatSecret, {"token": _symbols(32), "encoding_aes_key": _symbols(43)}
    content = made | given
    try:
        kind.model_validate(content)
    except ValidationError as error:
        places = ", ".join(sorted({str(one["loc"][0]) for one in error.errors()}))
        raise StartError(f"缺少或不符合要求 / missing or not fit for {channel.adapter}: {places}") from None
    return content


def _symbols(count: int) -> str:
    return "".join(secrets.choice(_SYMBOLS) for _ in range(count))


def _there(path: Path) -> str:
    return f"文件已存在,未作改动;如确要更换请先移走 / is there already, nothing was changed; move it away first: {path}"
