"""Nothing lost, nothing twice: what is there at the end is what was predicted."""

import asyncio
import json
from collections import Counter

from nats.aio.client import Client
from nats.js.errors import NotFoundError
from xinfang_contracts.registry import Stream, metric_subject

from .drive import subject_counts
from .mix import Load

_NOT_OURS = ("declare_district", "district_declared", "repeat_proposed")
"""Comes of applying the topology, and of the look for repeats, which is beside the flow: the load's texts are alike."""


class Differs(Exception):
    """A count is not as predicted; the text says which."""


async def check(client: Client, load: Load, year: int) -> None:
    """Facts, notices, dead letters and two indicators against the prediction. Differs when one is off."""
    code = load.district.code
    predicted: tuple[tuple[Stream, str, Counter[str]], ...] = (
        (Stream.EVENTS, f"xf.{code}.event.>", load.facts),
        (Stream.NOTICES, f"xf.{code}.notice.>", load.notices),
        (Stream.DEAD, f"xf.{code}.dead.>", Counter()),
    )
    for stream, subjects, expected in predicted:
        found = await subject_counts(client, stream, subjects)
        found = {subject: count for subject, count in found.items() if subject.split(".")[4] not in _NOT_OURS}
        off = {
            subject: (expected[subject], found.get(subject, 0))
            for subject in expected.keys() | found.keys()
            if expected[subject] != found.get(subject, 0)
        }
        if off:
            raise Differs(f"{stream}: (expected, found) {off}")
    concluded = sum(chunk.accepted for chunk in load.chunks)
    for indicator, value in (("petitions_received", load.petitions), ("cases_concluded", concluded)):
        await _indicator(client, metric_subject(code, indicator, str(year)), value)


async def _indicator(client: Client, subject: str, expected: int) -> None:
    found = None
    for _ in range(100):
        try:
            last = await client.jetstream().get_last_msg(Stream.METRICS.value, subject)
            scopes = json.loads(last.data or b"{}")["scopes"]
            found = next(one["numerator"] for one in scopes if one["scope"] == "district")
        except NotFoundError:
            found = None
        if found == expected:
            return
        await asyncio.sleep(0.1)
    raise Differs(f"{subject}: expected {expected}, found {found}")
