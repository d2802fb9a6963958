"""Every HTTP door of intake as its real client uses it: what is sent, and where the number stands in the answer."""

import csv
import hmac
import io
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from services.installation import Installation
from services.intake.ledgers.register import COLUMNS
from services.runtime import keys
from tests.rules.weixin import AES_KEY, APP_ID, TOKEN, WeChat, message
from tests.rules.workbook import workbook

from .outside import DISTRICT, clerk

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HOTLINE_SECRET = secrets.token_hex(32)
PHOTO = b"\xff\xd8\xff\xe0" + bytes(64)


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


def open_doors(installation: Installation) -> None:
    """Give hotline and official account their secrets, and start intake anew: it reads them at its start."""
    folder = installation.folder / "keys"
    given = {
        "phone_12388.hotline": {"secret": HOTLINE_SECRET},
        "wechat.wechat": {"token": TOKEN, "app_id": APP_ID, "encoding_aes_key": AES_KEY},
    }
    for name, secret in given.items():
        keys.write_secret(folder / f"{DISTRICT}.{name}.secret.json", json.dumps(secret))
    installation.kill_service("intake")
    installation.start_service("intake")
    installation.wait_ready(["intake"])


def _number(answer: httpx.Response) -> list[str]:
    return [str(answer.json()["petition"])]


def _rows(answer: httpx.Response) -> list[str]:
    return [str(row["petition"]) for row in answer.json()["rows"]]


def _in_text(text: str) -> list[str]:
    return [re.findall(rf"{DISTRICT}-\d{{4}}-\d{{6,9}}", text)[0]]


def _json(_installation: Installation, key: str, text: str) -> Call:
    body = json.dumps({"channel": "web", "text": text}).encode()
    headers = {"Idempotency-Key": f"key-{key}", "Content-Type": "application/json"}
    return Call(f"/v1/{DISTRICT}/petitions", body, headers, _number)


def _form(_installation: Installation, key: str, text: str) -> Call:
    """A person's browser, with a photograph."""
    # The page's own hidden field, which makes a form that is sent twice the same.
    hidden = hmac.digest(b"form", key.encode(), "sha256").hex()[:32]
    request = httpx.Request(
        "POST",
        "http://x",
        data={"key": hidden, "text": text, "reporter.name": "", "village": ""},
        files={"files": (f"{text}.jpg", PHOTO, "image/jpeg")},
    )
    headers = {"Content-Type": request.headers["Content-Type"]}
    return Call(f"/{DISTRICT}/report", request.read(), headers, lambda answer: _in_text(answer.text))


def _clerks(path: str) -> Callable[[Installation, str, str], Call]:
    def call(installation: Installation, key: str, text: str) -> Call:
        headers = clerk(installation) | {"Idempotency-Key": f"key-{key}", "Content-Type": "application/json"}
        return Call(f"/v1/{DISTRICT}/{path}", json.dumps({"text": text}).encode(), headers, _number)

    return call


def _csv(installation: Installation, key: str, text: str) -> Call:
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, restval="")
    writer.writeheader()
    writer.writerow({"编号": key, "收件日期": "2023-02-28", "渠道": "来信", "反映内容": text})
    return Call(f"/v1/{DISTRICT}/ledger", table.getvalue().encode(), clerk(installation), _rows)


def _xlsx(installation: Installation, key: str, text: str) -> Call:
    row = {"编号": key, "收件日期": "2023-02-28", "渠道": "来访接待", "反映内容": text}
    headers = clerk(installation) | {"Content-Type": XLSX}
    return Call(f"/v1/{DISTRICT}/ledger", workbook([row]), headers, _rows)


def _hotline(_installation: Installation, key: str, text: str) -> Call:
    call = {"call_id": key, "started_at": datetime(2023, 2, 28, 9, tzinfo=UTC).isoformat(), "transcript": text}
    body, now = json.dumps(call).encode(), str(int(time.time()))
    signature = hmac.digest(HOTLINE_SECRET.encode(), now.encode() + b"." + body, "sha256").hex()
    headers = {
        "Content-Type": "application/json",
        "X-Xinfang-Timestamp": now,
        "X-Xinfang-Signature": f"sha256={signature}",
    }
    return Call(f"/hotline/{DISTRICT}/phone_12388", body, headers, _number)


def _wechat(_installation: Installation, key: str, text: str) -> Call:
    """WeChat's server in safe mode."""
    account = WeChat(aes_key=AES_KEY)
    number = str(int.from_bytes(hmac.digest(b"message", key.encode(), "sha256")[:7]))
    query, body = account.callback(message(text=text.ljust(30, "。"), id_=number), int(time.time()))
    url = f"/wechat/{DISTRICT}/wechat?{httpx.QueryParams(query)}"

    def numbers(answer: httpx.Response) -> list[str]:
        return _in_text(account.read(answer.text)["Content"])

    return Call(url, body.encode(), {"Content-Type": "text/xml"}, numbers)


DOORS: dict[str, Door] = {
    "json": Door("web", "net", _json),
    "form": Door("web", "net", _form),
    "wechat": Door("wechat", "net", _wechat),
    "hotline": Door("phone_12388", "call", _hotline),
    "letters": Door("letter", "letter", _clerks("letters")),
    "visits": Door("visit", "visit", _clerks("visits")),
    "calls": Door("phone_12388", "call", _clerks("calls")),
    "csv": Door("letter", "letter", _csv),
    "xlsx": Door("visit", "visit", _xlsx),
}
