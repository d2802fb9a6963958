"""Publishing a round of which nobody knows whether it was published: only what its streams have not.

The broker knows a repeat for two minutes. After a longer outage a round that was published, and whose sequences were
not yet written down, would stand in the streams twice.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from xinfang_contracts.registry import Stream

from .errors import WorldIll
from .incoming import Outgoing
from .publish import TIMEOUT, publish
from .topology import DEDUP_SECONDS

KNOWN = timedelta(seconds=DEDUP_SECONDS / 2)
"""So long the broker's own memory of message ids is relied on."""
SLACK = timedelta(seconds=5)
"""How far the clocks of broker and service may be apart."""
READABLE = (Stream.EVENTS, Stream.NOTICES)
"""Sealed messages are taken out by their reader: there is nothing to find."""

_ID = "Nats-Msg-Id"


async def publish_rest(client: Client, outputs: Sequence[Outgoing], said_at: datetime) -> list[int]:
    """Publish what does not stand yet; returns each one's stream sequence, in order. WorldIll as ``publish``."""
    found: dict[tuple[Stream, str], int] = {}
    if datetime.now(UTC) - said_at > KNOWN:
        wanted: dict[tuple[Stream, str], set[str]] = {}
        for one in outputs:
            if one.stream in READABLE:
                wanted.setdefault((one.stream, one.subject), set()).add(one.headers[_ID])
        looks = (_look(client, *place, ids, said_at - SLACK) for place, ids in wanted.items())
        for part in await asyncio.gather(*looks):
            found |= part
    rest = [one for one in outputs if (one.stream, one.headers[_ID]) not in found]
    for one, sequence in zip(rest, await publish(client, rest), strict=True):
        found[one.stream, one.headers[_ID]] = sequence
    return [found[one.stream, one.headers[_ID]] for one in outputs]


async def _look(
    client: Client, stream: Stream, subject: str, wanted: set[str], since: datetime
) -> dict[tuple[Stream, str], int]:
    """Of these message ids of one subject, those that stand, with their sequences."""
    found: dict[tuple[Stream, str], int] = {}
    request: dict[str, object] = {"next_by_subj": subject, "start_time": since.isoformat()}
    while len(found) < len(wanted):
        message = await _get(client, stream, request)
        if message is None:
            break
        headers = message.headers or {}
        sequence, name = int(headers["Nats-Sequence"]), headers.get(_ID, "")
        if name in wanted:
            found[stream, name] = sequence
        request = {"next_by_subj": subject, "seq": sequence + 1}
    return found


async def _get(client: Client, stream: Stream, request: dict[str, object]) -> Msg | None:
    try:
        message = await client.request(f"$JS.API.DIRECT.GET.{stream}", json.dumps(request).encode(), timeout=TIMEOUT)
    except NatsError as error:
        raise WorldIll(f"{stream}: not readable") from error
    status = (message.headers or {}).get("Status")
    if status not in (None, "404"):
        raise WorldIll(f"{stream}: not readable: {status}")
    return None if status else message
