"""Channels with a door of their own (district file: ``adapter``), and the secret file that opens each.

``<district>.<channel>.<adapter>.secret.json`` in the keys folder, mode 600. Without the file the door stays shut.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from xinfang_contracts.district import Channel, District

from services.runtime.doors import SaidNo
from services.runtime.entrance import district_of
from services.runtime.errors import StartError
from services.runtime.service import Doors


class ChannelSecret(BaseModel):
    """What a secret file holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


S = TypeVar("S", bound=ChannelSecret)


@dataclass(frozen=True, slots=True)
class Opened(Generic[S]):
    """A channel whose door is open."""

    district: District
    channel: Channel
    secret: S


def secret_file(folder: Path, district: District, channel: Channel) -> Path:
    """Where the secret of a channel with a door of its own lies."""
    return folder / f"{district.code}.{channel.code}.{channel.adapter}.secret.json"


def open_channels(
    doors: Doors, adapter: Literal["wechat", "hotline"], kind: type[S]
) -> dict[tuple[str, str], Opened[S]]:
    """By district and channel code, all for which there is a file. StartError when one is broken."""
    found = {}
    for district in doors.districts.values():
        for channel in district.channels:
            path = secret_file(doors.keys, district, channel)
            if channel.adapter != adapter or not path.exists():
                continue
            try:
                secret = kind.model_validate_json(path.read_bytes())
            except (OSError, ValidationError):
                raise StartError(f"密钥文件损坏 / key file broken: {path}") from None
            found[district.code, channel.code] = Opened(district, channel, secret)
    return found


def opened(doors: Doors, found: Mapping[tuple[str, str], Opened[S]], district: str, channel: str) -> Opened[S]:
    """The open channel of these codes; 404 when there is none, whichever of the reasons it is."""
    district_of(doors, district)
    if (district, channel) not in found:
        raise SaidNo(404, "not_set_up", "该渠道未启用 / this channel is not set up")
    return found[district, channel]
