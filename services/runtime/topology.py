"""Streams, consumers and schedules: planned from the registry, applied in one place, compared by readiness.

Services declare nothing: a subscriber that names a stream would rewrite it, and a durable that exists is never
updated by subscribing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    ExternalStream,
    Header,
    PersistMode,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamSource,
)
from nats.js.errors import NotFoundError
from xinfang_contracts.district import District, LeaderRole
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.intake import DeclareDistrict
from xinfang_contracts.registry import BY_TYPE, CLOCKS, Stream, clock_subject, sealed_subject

from .broker import durable_name

Subscriptions = Mapping[str, Mapping[Stream, list[str]]]
"""service -> stream -> subjects."""

CORE = "XINFANG"
"""The NATS account of who runs the system."""

DAY = 86_400.0
COMMAND_BYTES = 196_608
DEDUP_SECONDS = 120.0
ACK_WAIT_SECONDS = 15.0
MAX_ACK_PENDING = 1_000
"""In hand at all replicas together: what waits in a process longer than the ack wait is delivered again."""
TIME_ZONE = "Asia/Shanghai"
CRON = {
    "minute": "0 * * * * *",
    "day": "0 0 0 * * *",
    "month": "0 0 0 1 * *",
    "quarter": "0 0 0 1 1,4,7,10 *",
    "half": "0 0 0 1 1,7 *",
    "year": "0 0 0 1 1 *",
}


@dataclass(frozen=True)
class Consumer:
    """One durable on one stream."""

    stream: Stream
    config: ConsumerConfig

    @property
    def name(self) -> str:
        """Its durable name."""
        return str(self.config.durable_name)


def streams(replicas: int = 1) -> list[StreamConfig]:
    """The eight streams. What must last cannot be deleted or purged, and refuses the newest at a limit."""

    def stream(name: Stream, subjects: list[str], **more: Any) -> StreamConfig:
        settings: dict[str, Any] = {
            "retention": RetentionPolicy.LIMITS,
            "discard": DiscardPolicy.NEW,
            "duplicate_window": DEDUP_SECONDS,
            "allow_direct": True,
        }
        return StreamConfig(
            name=name.value, subjects=subjects, storage=StorageType.FILE, num_replicas=replicas, **(settings | more)
        )

    return [
        # A larger command is refused here, so that even a sealed copy of the largest fits a dead letter.
        stream(
            Stream.COMMANDS,
            ["xf.*.command.>"],
            # Not a work queue: that writes, and fsyncs, a tombstone for every acknowledgement. Intake clears it.
            max_msg_size=COMMAND_BYTES,
            # The inbox tells repeats. Here a sender could claim another's message id and have it dropped.
            duplicate_window=0.1,
            # A gateway that hands over many commands at once pays for one batch, not for an fsync each.
            allow_atomic=True,
            allow_direct=False,
        ),
        stream(Stream.EVENTS, ["xf.*.event.>"], deny_delete=True, deny_purge=True, allow_atomic=True),
        stream(Stream.NOTICES, ["xf.*.notice.>"], max_age=400 * DAY, allow_atomic=True),
        stream(Stream.METRICS, ["xf.*.metric.>"], max_msgs_per_subject=1, discard=DiscardPolicy.OLD, allow_atomic=True),
        stream(Stream.PUBLIC, ["xf.*.public.>"], max_msgs_per_subject=1, discard=DiscardPolicy.OLD, allow_atomic=True),
        stream(
            Stream.SEALED,
            ["xf.*.sealed.>"],
            retention=RetentionPolicy.WORK_QUEUE,
            allow_direct=False,
            allow_atomic=True,
        ),
        stream(
            Stream.CLOCK,
            ["xf.*.clock.>", "xf.*.schedule.>"],
            max_age=30 * DAY,
            discard=DiscardPolicy.OLD,  # the server takes no schedules with "new"
            allow_msg_schedules=True,
        ),
        # A burial whose own end was lost is repeated when its service is up again, be that weeks later.
        stream(Stream.DEAD, ["xf.*.dead.>"], deny_delete=True, deny_purge=True, duplicate_window=30 * DAY),
    ]


def sealed_readers(district: District) -> list[str]:
    """Who may find something sealed for them: the superiors, and the organ's own principal (规则15)."""
    principals = [leader.code for leader in district.leaders_of(LeaderRole.PRINCIPAL)]
    return [*(superior.code for superior in district.superiors), *principals]


def consumers(subscriptions: Subscriptions, districts: Iterable[District]) -> list[Consumer]:
    """The services' durables, and one for each actor that is told or sealed to."""
    found = [
        Consumer(stream, _durable(durable_name(service, stream), filter_subjects=sorted(subjects)))
        for service, table in subscriptions.items()
        for stream, subjects in table.items()
    ]
    for district in districts:
        for actor in [*district.actors(), "operator"]:
            name = notice_durable(district.code, actor)
            subject = f"xf.{district.code}.notice.{actor}.>"
            found.append(Consumer(Stream.NOTICES, _durable(name, filter_subject=subject)))
        for reader in sealed_readers(district):
            subject = sealed_subject(district.code, reader)
            name = sealed_durable(district.code, reader)
            found.append(Consumer(Stream.SEALED, _durable(name, filter_subject=subject)))
    return found


def figures_account(district: str) -> str:
    """The account of a district's dashboards."""
    return f"FIGURES_{district}"


def figures_deliver(district: str) -> str:
    """Where the core account delivers metrics for that account's mirror."""
    return f"figures.{district}"


def figures_mirror(district: str) -> StreamConfig:
    """The district's metrics in the account of its dashboards: a copy, so it need not be on disk when it is read."""
    return StreamConfig(
        name=Stream.METRICS.value,
        storage=StorageType.FILE,
        max_msgs_per_subject=1,
        discard=DiscardPolicy.OLD,
        allow_direct=True,
        persist_mode=PersistMode.ASYNC,
        mirror=StreamSource(
            name=Stream.METRICS.value,
            filter_subject=f"xf.{district}.metric.>",
            external=ExternalStream(api=f"$JS.{CORE}.API", deliver=figures_deliver(district)),
        ),
    )


def notice_durable(district: str, actor: str) -> str:
    """The durable on which an actor reads its notices."""
    return f"notice_{district}_{actor}"


def sealed_durable(district: str, reader: str) -> str:
    """The durable on which a reader takes what is sealed for it."""
    return f"sealed_{district}_{reader}"


def _durable(name: str, **filters: Any) -> ConsumerConfig:
    return ConsumerConfig(
        name=name,
        durable_name=name,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        deliver_policy=DeliverPolicy.ALL,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
        **filters,
    )


async def apply(
    js: JetStreamContext, subscriptions: Subscriptions, districts: Iterable[District], *, schedules: bool, replicas: int
) -> None:
    """Bring the broker to the plan. Streams and consumers that are there are updated in place; nothing is deleted.

    ``schedules``: let NATS tick the districts' clocks, and declare the districts; a replay does both itself.
    """
    districts = list(districts)
    for config in streams(replicas):
        await _apply_stream(js, config)
    for consumer in consumers(subscriptions, districts):
        await js.add_consumer(consumer.stream.value, consumer.config)
    if schedules:
        for district in districts:
            await _schedule(js, district.code)
        await declare(js, districts)


async def apply_figures(client: Client, districts: Iterable[District]) -> None:
    """Give the dashboards' account of each district its copy of the metrics."""
    for district in districts:
        js = client.jetstream(prefix=f"$JS.{figures_account(district.code)}.API")
        await _apply_stream(js, figures_mirror(district.code))


async def _apply_stream(js: JetStreamContext, config: StreamConfig) -> None:
    try:
        await js.stream_info(str(config.name))
    except NotFoundError:
        await js.add_stream(config)
    else:
        await js.update_stream(config)


async def declare(js: JetStreamContext, districts: Iterable[District]) -> None:
    """Tell intake which district files are in force; the same revision twice is one command."""
    entry = BY_TYPE["intake.declare_district.v1"]
    for district in districts:
        envelope = Envelope(id=f"declare/{district.revision}", type=entry.type, source=f"{district.code}.operator")
        body = DeclareDistrict(revision=district.revision).model_dump_json().encode()
        subject = entry.subject(district.code, "operator")
        await js.publish(subject, body, headers=envelope.headers(), stream=Stream.COMMANDS.value)


async def _schedule(js: JetStreamContext, district: str) -> None:
    """NATS is the cron: each schedule publishes its tick. A schedule's subject holds only its newest message."""
    for tick in CLOCKS:
        headers = {
            Header.SCHEDULE.value: CRON[tick],
            Header.SCHEDULE_TIME_ZONE.value: TIME_ZONE,
            Header.SCHEDULE_TARGET.value: clock_subject(district, tick),
        }
        await js.publish(f"xf.{district}.schedule.{tick}", b"{}", headers=headers, stream=Stream.CLOCK.value)


async def differences(js: JetStreamContext, service: str, table: Mapping[Stream, list[str]]) -> list[str]:
    """What of a service's own consumers is not as planned, in words for an operator; empty when all is well."""
    wrong = []
    for stream, subjects in table.items():
        name = durable_name(service, stream)
        try:
            info = await js.consumer_info(stream.value, name)
        except NotFoundError:
            wrong.append(
                f"消费者缺失,请运行 xinfang topology / consumer missing, run xinfang topology: {stream}/{name}"
            )
            continue
        have = sorted(info.config.filter_subjects or [info.config.filter_subject or ""])
        if have != sorted(subjects):
            wrong.append(f"消费者过滤不符,请运行 xinfang topology / consumer differs, run xinfang topology: {name}")
    return wrong
