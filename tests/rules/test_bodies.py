"""How much of what is sent a process takes in: each body is bounded, and so are all uploads together."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive, Scope, Send

from services.runtime.bodies import BodyLimit, Limits

LIMITS = Limits(body=10, file=100, held=50, seconds=5)
UPLOAD, JSON = b"multipart/form-data; boundary=x", b"application/json"


class Taken:
    """An application that holds each body until it is let go."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.free = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        self.bodies.append((await receive())["body"])
        await self.free.wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(
    limit: BodyLimit, *chunks: bytes, kind: bytes = UPLOAD, accept: bytes = b"*/*", ends: str = "whole"
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of an answer; status 0 for none. ``ends``: whole, gone, or stalled."""
    said: list[Message] = []
    scope = {"type": "http", "headers": [(b"content-type", kind), (b"accept", accept)]}

    async def send(message: Message) -> None:
        said.append(message)

    async with asyncio.timeout(10):
        await limit(scope, _receive(chunks, ends), send)
    if not said:
        return 0, {}, b""
    return said[0]["status"], dict(said[0]["headers"]), said[1]["body"]


def _receive(chunks: Iterable[bytes], ends: str) -> Receive:
    left = list(chunks)

    async def receive() -> Message:
        if left:
            chunk = left.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(left) or ends != "whole"}
        if ends == "stalled":
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    return receive


async def held(app: Taken, limit: BodyLimit, *chunks: bytes) -> "asyncio.Task[tuple[int, dict[bytes, bytes], bytes]]":
    """An upload that is in, and not answered yet."""
    before = len(app.bodies)
    task = asyncio.create_task(ask(limit, *chunks))
    while len(app.bodies) == before and not task.done():
        await asyncio.sleep(0)
    return task


async def test_an_upload_for_which_there_is_no_room_is_told_when_to_come_again() -> None:
    app = Taken()
    limit = BodyLimit(app, LIMITS)
    first = await held(app, limit, b"x" * 55)
    status, headers, body = await ask(limit, b"x" * 10, b"x" * 6)
    assert (status, headers[b"retry-after"]) == (503, b"5")
    assert b'"reason":"busy"' in body
    app.free.set()
    assert (await first)[0] == 201


async def test_who_sends_no_file_is_never_turned_away() -> None:
    app = Taken()
    limit = BodyLimit(app, LIMITS)
    tasks = [await held(app, limit, b"x" * 60)]
    tasks += [await held(app, limit, b"x" * 10) for _ in range(20)]
    app.free.set()
    assert {(await task)[0] for task in tasks} == {201}


@pytest.mark.parametrize("ends", ["gone", "stalled"])
async def test_what_is_over_leaves_its_room_however_it_ended(ends: str) -> None:
    app = Taken()
    app.free.set()
    limit = BodyLimit(app, Limits(body=10, file=100, held=50, seconds=0.01))
    for _ in range(3):
        assert (await ask(limit, b"x" * 60, ends=ends))[0] == (0 if ends == "gone" else 503)
        assert (await ask(limit, b"x" * 60))[0] == 201
        assert (await ask(limit, b"x" * 101))[0] == 413
    assert all(len(body) == 60 for body in app.bodies)


async def test_half_a_body_reaches_no_door() -> None:
    app = Taken()
    assert await ask(BodyLimit(app, LIMITS), b"x", kind=JSON, ends="gone") == (0, {}, b"")
    assert app.bodies == []


async def test_who_announces_much_and_sends_nothing_bars_nobody() -> None:
    app = Taken()
    app.free.set()
    limit = BodyLimit(app, LIMITS)
    idle = [asyncio.create_task(ask(limit, ends="stalled")) for _ in range(30)]
    assert (await ask(limit, b"x" * 60))[0] == 201
    for task in idle:
        task.cancel()
    await asyncio.gather(*idle, return_exceptions=True)


async def test_a_browser_is_shown_a_page_and_told_when_to_come_again() -> None:
    app = Taken()
    limit = BodyLimit(app, Limits(body=10, file=100, held=0, seconds=5))
    status, headers, body = await ask(limit, b"x" * 11, accept=b"text/html,*/*")
    assert (status, headers[b"retry-after"]) == (503, b"5")
    assert "不会重复登记".encode() in body and b"</html>" in body
