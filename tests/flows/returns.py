"""Every way in which a reporter comes back, as its real client uses it: what is sent, and what the answer tells."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from services.installation import Installation

from .doors import PHOTO, Call, in_page, multipart
from .outside import DISTRICT, clerk, connected, fresh, headers_of, http, next_notice, seal, send

ASK = "intake.ask_reporter.v1"
OFFICE = "office_petition"


@dataclass(frozen=True)
class Comer:
    """Who can come back: to which petition, with which code, to answer which question."""

    petition: str
    receipt: str
    question: str | None = None


async def comer(installation: Installation, text: str, *, asked: bool = True) -> Comer:
    """Somebody whose petition is in, and whom the office has asked something, unless it may not."""
    async with http(installation) as client:
        given = {"channel": "web", "text": text}
        taken = await client.post(
            f"/v1/{DISTRICT}/petitions", json=given, headers={"Idempotency-Key": fresh("comes-back")}
        )
    petition, code = taken.json()["petition"], taken.json()["receipt"]
    if not asked:
        return Comer(petition, code)
    async with connected(installation, f"{DISTRICT}.{OFFICE}") as (office,):
        headers = headers_of(ASK)
        body = {"petition": petition, "content": seal(installation, "虚构的问题:哪一年?".encode())}
        await send(office, OFFICE, ASK, json.dumps(body).encode(), headers)
        notice = await next_notice(office, OFFICE, headers["ce-id"])
    return Comer(petition, code, json.loads(notice.data)["document"]["document"])


def _photo(text: str) -> tuple[str, bytes]:
    return f"{text}.jpg", PHOTO + text.encode()


def _api(where: str, by: Comer, key: str, text: str, **more: Any) -> Call:
    """A program, with a photograph beside the text."""
    body, kind = multipart({"receipt": by.receipt, "text": text} | more, _photo(text))
    headers = {"Idempotency-Key": f"key-{key}", "Content-Type": kind}
    return Call(f"/v1/{DISTRICT}/returns/{where}", body, headers, lambda answer: [answer.json()["petition"]])


def _page(where: str, by: Comer, key: str, text: str, **more: Any) -> Call:
    """A person's browser on the status page, with a photograph."""
    data = {"receipt": by.receipt, "key": f"hidden-{key}", "text": text} | more
    request = httpx.Request("POST", "http://x", data=data, files={"files": (*_photo(text), "image/jpeg")})
    headers = {"Content-Type": request.headers["Content-Type"]}
    return Call(f"/{DISTRICT}/status/{where}", request.read(), headers, in_page)


def _replaced(installation: Installation, by: Comer, key: str, _text: str) -> Call:
    """The clerk before whom somebody stands who has lost their receipt."""
    headers = clerk(installation) | {"Idempotency-Key": f"key-{key}", "Content-Type": "application/json"}

    def told(answer: httpx.Response) -> list[str]:
        return [answer.json()["petition"], answer.json()["receipt"]]

    body = json.dumps({"in_person": True, "identity_checked": True}).encode()
    return Call(f"/v1/{DISTRICT}/petitions/{by.petition}/receipt", body, headers, told)


WAYS: dict[str, Callable[[Installation, Comer, str, str], Call]] = {
    "material": lambda _, by, key, text: _api("material", by, key, text),
    "material_page": lambda _, by, key, text: _page("material", by, key, text),
    "answer": lambda _, by, key, text: _api("answers", by, key, text, question=by.question),
    "answer_page": lambda _, by, key, text: _page("answer", by, key, text, question=by.question),
    "receipt": _replaced,
}
