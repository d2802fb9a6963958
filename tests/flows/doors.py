"""Every door of intake as its real client uses it: what is sent, and where the number stands in the answer."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from services.installation import Installation
from services.intake.ledger import COLUMNS

from .outside import DISTRICT, clerk


@dataclass(frozen=True)
class Call:
    """One request; the same again is the same petition."""

    url: str
    content: bytes
    headers: Mapping[str, str]
    numbers: Callable[[httpx.Response], list[str]]
    """The petitions' numbers in an answer."""

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """Once."""
        return await client.post(self.url, content=self.content, headers=dict(self.headers))


@dataclass(frozen=True)
class Door:
    """A door: channel and form of what comes through it, and how a call is made from a key and a text."""

    channel: str
    form: str
    call: Callable[[Installation, str, str], Call] = field(repr=False)


def _number(answer: httpx.Response) -> list[str]:
    return [str(answer.json()["petition"])]


def _json(_installation: Installation, key: str, text: str) -> Call:
    body = json.dumps({"channel": "web", "text": text}).encode()
    headers = {"Idempotency-Key": f"key-{key}", "Content-Type": "application/json"}
    return Call(f"/v1/{DISTRICT}/petitions", body, headers, _number)


def _ledger(installation: Installation, key: str, text: str) -> Call:
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, restval="")
    writer.writeheader()
    writer.writerow({"编号": key, "收件日期": "2023-02-28", "渠道": "来信", "反映内容": text})
    return Call(f"/v1/{DISTRICT}/ledger", written.getvalue().encode(), clerk(installation), _rows)


def _rows(answer: httpx.Response) -> list[str]:
    return [str(row["petition"]) for row in answer.json()["rows"]]


DOORS: dict[str, Door] = {
    "json": Door("web", "net", _json),
    "ledger": Door("letter", "letter", _ledger),
}
