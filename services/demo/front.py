"""The doors of people who are no clients of the broker: what a form, a clerk and a hotline's system send over HTTP."""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from datetime import time as clock_time
from pathlib import Path

from xinfang_contracts.district import Channel, District
from xinfang_contracts.message import Form

from services import keyfiles
from services.installation import Installation
from services.intake.doors.hotline import SIGNATURE, TIMESTAMP, HotlineSecret, signature_of
from services.intake.doors.setup import secret_file
from services.intake.ledgers.register import OVER_LEVELS
from services.runtime import keys, tokens
from services.runtime.clock import ZONE

from .contents import content_of
from .ledgers import Received


@dataclass(frozen=True, slots=True)
class Post:
    """One request: path, body as it is sent, headers."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Front:
    """Turns rows of the register into requests."""

    def __init__(self, district: District, key_folder: Path, clerk: str) -> None:
        self._district = district
        self._keys = key_folder
        self._clerk = clerk

    def post(self, row: Received, channel: Channel) -> Post | None:
        """How a row comes in over HTTP; None for what a clerk keeps in the ledger and imports."""
        if channel.adapter == "hotline":
            return self._call(row, channel)
        if channel.form is Form.NET:
            return self._form(row, channel)
        return self._visit(row, channel) if channel.form is Form.VISIT else None

    def bearer(self) -> dict[str, str]:
        """The clerk's token."""
        token = tokens.make(keys.secret(self._keys, tokens.SECRET), self._clerk, self._district.code, hours=1)
        return {"Authorization": f"Bearer {token}"}

    def _form(self, row: Received, channel: Channel) -> Post:
        body = content_of(row).model_dump(mode="json", exclude_none=True) | {"channel": channel.code}
        return Post(f"/v1/{self._district.code}/petitions", _json(body), _keyed(row))

    def _visit(self, row: Received, channel: Channel) -> Post:
        body = content_of(row).model_dump(mode="json", exclude_none=True) | {
            "channel": channel.code,
            "received_on": row.on.isoformat(),
            "skip_level": OVER_LEVELS.get(row.cells.get("越级", "").strip()),
        }
        headers = _keyed(row) | self.bearer()
        return Post(f"/v1/{self._district.code}/visits", _json(body), headers)

    def _call(self, row: Received, channel: Channel) -> Post:
        """Signed over the bytes that are sent, by the wall clock: that is when the hotline's system speaks."""
        content = content_of(row).model_dump(mode="json", exclude_none=True)
        given = {
            "call_id": row.serial,
            "started_at": datetime.combine(row.on, clock_time(10), ZONE).isoformat(),
            "transcript": content.pop("text"),
            "caller": content.pop("reporter", None),
        }
        body, timestamp = _json(content | given), str(int(time.time()))
        file = secret_file(self._keys, self._district, channel)
        secret = HotlineSecret.model_validate_json(file.read_bytes()).secret.get_secret_value()
        headers = {TIMESTAMP: timestamp, SIGNATURE: signature_of(secret, timestamp, body)}
        return Post(f"/hotline/{self._district.code}/{channel.code}", body, headers)


def _json(body: dict[str, object]) -> bytes:
    return json.dumps({name: value for name, value in body.items() if value is not None}, ensure_ascii=False).encode()


def _keyed(row: Received) -> dict[str, str]:
    return {"Idempotency-Key": f"demo-{row.serial}"}


def open_hotlines(installation: Installation, district: District) -> None:
    """Before intake starts: a hotline's door is shut until its system and intake share a secret."""
    folder = installation.folder / "keys"
    for channel in district.channels:
        if channel.adapter == "hotline" and not secret_file(folder, district, channel).exists():
            keyfiles.make_channel(folder, district, channel.code)
