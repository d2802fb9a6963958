"""How long a sender waits for its petition's number, at a quiet 50 a second."""

import asyncio
import statistics
import time

from xinfang_contracts.registry import Stream

from services.installation import Installation
from services.runtime import wire
from services.runtime.credentials import seed_file
from services.runtime.incoming import Delivery
from services.runtime.pull import Pull
from services.runtime.topology import notice_durable

from .mix import Writer, inbox_of
from .wire import Command, Sender

PER_SECOND = 50


class Unanswered(Exception):
    """Some submissions were never answered."""


async def latencies(installation: Installation, writer: Writer, first: int, seconds: float) -> list[float]:
    """Milliseconds from sending a submission to its answer at the sender's own durable, one for each petition.

    The answer is read from the stored stream: a plain subscription would hear it before it is on disk.
    """
    code, partner = writer.district.code, str(writer.channel.partner)
    count = round(PER_SECOND * seconds)
    commands = [writer.submission(serial) for serial in range(first, first + count)]
    client = await installation.connect(f"{code}.{partner}")
    answered: dict[str, float] = {}
    acknowledging: set[asyncio.Task[None]] = set()

    def on_notice(delivery: Delivery) -> None:
        answered[delivery.headers.get("ce-causationid", "")] = time.perf_counter()
        task = asyncio.ensure_future(wire.write(client, [delivery.settling.acknowledgement()]))
        acknowledging.add(task)
        task.add_done_callback(acknowledging.discard)

    pull = Pull(client, Stream.NOTICES, notice_durable(code, partner), on_notice)
    seed = seed_file(installation.folder / "credentials", f"{code}.{partner}")
    sender = await Sender.connect(installation.nats.url, seed, inbox_of(code, partner))
    await pull.start()
    await _caught_up(answered)
    sent = await _send(sender, commands)
    deadline = time.perf_counter() + 30
    while not answered.keys() >= sent.keys():
        if time.perf_counter() > deadline:
            raise Unanswered(f"{len(sent.keys() - answered.keys())} of {count}")
        await asyncio.sleep(0.05)
    sender.close()
    await pull.stop()
    await client.close()
    return [(answered[one] - at) * 1000 for one, at in sent.items()]


async def _send(sender: Sender, commands: list[tuple[str, Command]]) -> dict[str, float]:
    """One every 20 ms, whether or not the last was answered. Returns id -> when."""
    sent = {}
    started = time.perf_counter()
    for place, (name, command) in enumerate(commands):
        await asyncio.sleep(max(0.0, started + place / PER_SECOND - time.perf_counter()))
        sent[name] = time.perf_counter()
        sender.send(command.encode(), 1)
    return sent


async def _caught_up(answered: dict[str, float]) -> None:
    """The answers of the run before come first: wait until no more do."""
    before = -1
    while len(answered) != before:
        before = len(answered)
        await asyncio.sleep(0.5)


def percentile(values: list[float], percent: int) -> float:
    """By statistics.quantiles, inclusive."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
