"""Nobody says what is not theirs to say, or hears what is not theirs to hear: the server refuses, for each credential.

Refused is what the server itself calls a permissions violation; and at the end nothing of it stands anywhere.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, DeliverPolicy
from xinfang_contracts.registry import Kind, Stream, of_kind

from services.demo.quiet import settled
from services.installation import Installation
from services.runtime.credentials import SERVICES
from tests.flows.outside import (
    DISTRICT,
    PARTNER,
    SUBMIT,
    connected,
    headers_of,
    next_notice,
    rest,
    send,
    stored,
    submission,
    tick,
)
from tests.flows.watched import watched

OFFICE, TRIAL, UNIT, LEADER = "office_petition", "office_trial", "unit_430406001", "leader_deputy_1"
SUPERIOR, PRINCIPAL = "superior_430400", "leader_principal"
TOWNS = f"xf.{DISTRICT}.metric.towns.now"


@dataclass(frozen=True)
class Before:
    """What there is before anybody tries anything."""

    installation: Installation
    streams: dict[str, int]
    """Stream -> last sequence."""


@pytest.fixture(scope="module")
def before(installation: Installation) -> Before:
    """One petition, so that there are facts, notices and figures to be had."""
    return asyncio.run(_prepare(installation))


async def _prepare(installation: Installation) -> Before:
    await tick(installation, "2023-03-01")
    revision = installation.districts[DISTRICT].revision
    async with connected(installation, "operator", f"{DISTRICT}.{PARTNER}") as (operator, partner):
        subject = f"xf.{DISTRICT}.command.intake.declare_district.v1.operator"
        body = json.dumps({"revision": revision}).encode()
        await operator.jetstream().publish(subject, body, headers=headers_of("intake.declare_district.v1"))
        await send(partner, PARTNER, SUBMIT, submission(installation, {"text": "虚构的一件"}))
        await rest(installation)

        await settled(operator, Stream.METRICS)
        return Before(installation, await _sequences(operator))


async def _sequences(operator: Client) -> dict[str, int]:
    return {str(one.config.name): one.state.last_seq for one in await operator.jetstream().streams_info()}


# -- what each may not publish


def of_nobody_outside() -> list[str]:
    """What no outsider may publish, whoever it is."""
    event = f"xf.{DISTRICT}.event.intake"
    return [
        f"{event}.petition_registered.v1",
        f"{event}.petition_accepted.v1",
        f"xf.{DISTRICT}.notice.{OFFICE}.petition_registered.v1",
        f"xf.{DISTRICT}.notice.{UNIT}.case_assigned.v1",
        TOWNS,
        f"xf.{DISTRICT}.public.towns.now",
        f"xf.{DISTRICT}.clock.day",
        f"xf.{DISTRICT}.schedule.day",
        f"xf.{DISTRICT}.sealed.{PRINCIPAL}",
        f"xf.{DISTRICT}.dead.intake",
        f"xf.{DISTRICT}.command.intake.declare_district.v1.operator",
        "_INBOX_intake.x",
        f"_INBOX_{DISTRICT}_{TRIAL}.x",
        "$JS.API.STREAM.CREATE.MINE",
        *(f"$JS.API.STREAM.{verb}.{Stream.EVENTS}" for verb in ("DELETE", "PURGE", "UPDATE", "INFO", "MSG.GET")),
        f"$JS.API.STREAM.DELETE.{Stream.METRICS}",
        f"$JS.API.STREAM.PURGE.{Stream.NOTICES}",
        f"$JS.API.STREAM.MSG.DELETE.{Stream.COMMANDS}",
        f"$JS.API.DIRECT.GET.{Stream.EVENTS}.{event}.petition_registered.v1",
        f"$JS.API.DIRECT.GET.{Stream.NOTICES}",
        f"$JS.API.CONSUMER.CREATE.{Stream.EVENTS}",
        f"$JS.API.CONSUMER.CREATE.{Stream.EVENTS}.mine.{event}.>",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{Stream.NOTICES}.mine",
        f"$JS.API.CONSUMER.DELETE.{Stream.EVENTS}.routing_events",
        f"$JS.API.CONSUMER.MSG.NEXT.{Stream.EVENTS}.routing_events",
        f"$JS.API.CONSUMER.MSG.NEXT.{Stream.COMMANDS}.intake_commands",
        f"$JS.API.CONSUMER.MSG.NEXT.{Stream.NOTICES}.notice_{DISTRICT}_{TRIAL}",
        f"$JS.ACK.{Stream.NOTICES}.notice_{DISTRICT}_{TRIAL}.1.1.1.1.0",
        f"$JS.API.CONSUMER.MSG.NEXT.{Stream.SEALED}.sealed_{DISTRICT}_{PRINCIPAL}",
        "$SYS.REQ.SERVER.PING",
    ]


def command(name: str, actor: str, district: str = DISTRICT) -> str:
    return f"xf.{district}.command.{name}.v1.{actor}"


SUBMITS, SCREENS, REPORTS, OPINES = (
    *("intake.submit_petition", "intake.screen_petition"),
    *("review.submit_report", "review.give_opinion"),
)
SEALS, HANDED_OVER, REPORTS_UP = "intake.seal_petition", "intake.confirm_hand_over", "intake.report_up"
ANSWERS, DECIDES = "intake.answer_referral", "intake.decide_above"
TIES, OBJECTS, CHANGES = "routing.declare_tie", "routing.object_to_assignment", "routing.change_handling"
NAMES, PRESSES, CALLS, PLEAS, TRACKS = (
    *("routing.name_leader", "routing.issue_supervision_letter", "routing.call_hearing"),
    *("routing.record_intercession", "routing.open_track"),
)
OFFERS, ENROLS, REVOKES = "review.offer_key", "review.enrol_key", "review.revoke_key"
CLEARS, ACCUSES, CHECKS, MARKS, DRAWS = (
    *("review.approve_clarification", "review.propose_false_accusation", "review.check_clarification"),
    *("review.review_quality", "review.draw_sample"),
)
FORBIDDEN = {
    OFFICE: [
        *(command(name, TRIAL) for name in (ACCUSES, CHECKS, MARKS, DRAWS)),
        *(command(CLEARS, OFFICE), command(CLEARS, PRINCIPAL)),
        *(command(OFFERS, TRIAL), command(OFFERS, PRINCIPAL)),
        *(command(name, actor) for name in (ENROLS, REVOKES) for actor in (OFFICE, "operator")),
        *(command(name, TRIAL) for name in (SUBMITS, SCREENS, OPINES)),
        command(OPINES, PRINCIPAL),
        command(REPORTS, OFFICE),
        command(REPORTS, UNIT),
        command(SCREENS, OFFICE, "430407"),
        *(
            command(name, OFFICE)
            for name in (HANDED_OVER, REPORTS_UP, DECIDES, OBJECTS, CHANGES, NAMES, PRESSES, CALLS)
        ),
        command(TIES, TRIAL),
        command(PLEAS, TRIAL),
    ],
    UNIT: [
        *(command(name, UNIT) for name in (CLEARS, CHECKS, MARKS, DRAWS, DECIDES)),
        command(ACCUSES, "unit_430406002"),
        *(command(OFFERS, OFFICE), command(ENROLS, UNIT), command(REVOKES, "operator")),
        *(command(OPINES, UNIT), command(SCREENS, UNIT), command(REPORTS, "unit_430406002"), command(OPINES, OFFICE)),
        *(command(name, UNIT) for name in (SEALS, HANDED_OVER, ANSWERS, CHANGES, NAMES, PRESSES, CALLS)),
        *(command(OBJECTS, "unit_430406002"), command(TIES, OFFICE)),
    ],
    LEADER: [
        *(command(CLEARS, PRINCIPAL), command(ACCUSES, LEADER), command(DRAWS, LEADER)),
        *(command(OPINES, PRINCIPAL), command(REPORTS, LEADER), command(SCREENS, LEADER), command(SUBMITS, LEADER)),
        *(command(SEALS, LEADER), command(DECIDES, LEADER), command(REPORTS_UP, PRINCIPAL)),
        *(command(OBJECTS, LEADER), command(OBJECTS, UNIT), command(CHANGES, PRINCIPAL)),
        *(command(NAMES, PRINCIPAL), command(TRACKS, LEADER), command(PLEAS, PRINCIPAL)),
    ],
    PARTNER: [
        *(command(name, PARTNER) for name in (OFFERS, ENROLS, REVOKES)),
        *(command(SUBMITS, OFFICE), command(SUBMITS, "partner_sanxiang_e"), command(SCREENS, PARTNER)),
        *(command(SEALS, PARTNER), command(DECIDES, PARTNER), command(ANSWERS, "partner_court")),
        *(command(name, PARTNER) for name in (PRESSES, PLEAS, TRACKS)),
    ],
    SUPERIOR: [
        *(command(SUBMITS, "superior_430000"), command(SCREENS, SUPERIOR), command(REPORTS, SUPERIOR)),
        *(command(SEALS, SUPERIOR), command(ANSWERS, SUPERIOR), command(HANDED_OVER, PRINCIPAL)),
        *(command(name, SUPERIOR) for name in (TIES, OBJECTS, CHANGES)),
        *(command(name, SUPERIOR) for name in (NAMES, PRESSES, CALLS, PLEAS)),
    ],
    "dashboard": [
        command(SUBMITS, "dashboard"),
        command(SUBMITS, PARTNER),
        f"$JS.XINFANG.API.STREAM.DELETE.{Stream.EVENTS}",
    ],
}


@pytest.mark.parametrize("actor", FORBIDDEN)
async def test_an_outsider_says_nothing_that_is_not_its_own(before: Before, actor: str) -> None:
    async with watched(before.installation, f"{DISTRICT}.{actor}") as one:
        assert await one.may_publish([*of_nobody_outside(), *FORBIDDEN[actor]]) == []


@pytest.mark.parametrize("actor", [one for one in FORBIDDEN if one != "dashboard"])
async def test_only_a_dashboard_may_read_figures(before: Before, actor: str) -> None:
    subjects = [f"$JS.API.CONSUMER.CREATE.{Stream.METRICS}", f"$JS.API.DIRECT.GET.{Stream.METRICS}.{TOWNS}"]
    async with watched(before.installation, f"{DISTRICT}.{actor}") as one:
        assert await one.may_publish(subjects) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_says_nothing_that_another_owns(before: Before, service: str) -> None:
    own = {entry.name for entry in of_kind(Kind.FACT) if entry.owner == service}
    others = [entry for entry in of_kind(Kind.FACT) if entry.owner != service]
    forbidden = [
        *(entry.subject(DISTRICT) for entry in others),
        *(entry.notice_subject(DISTRICT, OFFICE) for entry in others if entry.name not in own),
        *(entry.subject(DISTRICT, "office_petition") for entry in of_kind(Kind.COMMAND)),
        *(f"xf.{DISTRICT}.dead.{other}" for other in SERVICES if other != service),
        *([] if service == "metrics" else [TOWNS, f"xf.{DISTRICT}.public.towns.now"]),
        *([] if service == "intake" else [f"xf.{DISTRICT}.sealed.{PRINCIPAL}"]),
        f"xf.{DISTRICT}.clock.day",
        f"xf.{DISTRICT}.schedule.day",
        f"$JS.API.STREAM.DELETE.{Stream.EVENTS}",
        f"$JS.API.STREAM.UPDATE.{Stream.EVENTS}",
        f"$JS.API.CONSUMER.DELETE.{Stream.EVENTS}.routing_events",
        f"$JS.API.CONSUMER.CREATE.{Stream.EVENTS}",
        *(f"$JS.API.CONSUMER.MSG.NEXT.{Stream.EVENTS}.{one}_events" for one in SERVICES if one != service),
        f"$JS.API.CONSUMER.MSG.NEXT.{Stream.NOTICES}.notice_{DISTRICT}_{OFFICE}",
    ]
    async with watched(before.installation, service) as one:
        assert await one.may_publish(forbidden) == []


async def test_the_operator_moves_streams_and_says_nothing_of_petitions(before: Before) -> None:
    forbidden = [
        *(entry.subject(DISTRICT) for entry in of_kind(Kind.FACT)),
        *(entry.subject(DISTRICT, OFFICE) for entry in of_kind(Kind.COMMAND)),
        command(OPINES, "operator"),
        TOWNS,
        f"xf.{DISTRICT}.sealed.{PRINCIPAL}",
        f"xf.{DISTRICT}.dead.intake",
        f"xf.{DISTRICT}.clock.day",
    ]
    async with watched(before.installation, "operator") as one:
        assert await one.may_publish(forbidden) == []


# -- what each may not hear


@pytest.mark.parametrize("user", [*(f"{DISTRICT}.{actor}" for actor in FORBIDDEN), *SERVICES, "operator", "clock"])
async def test_nobody_listens_to_others(before: Before, user: str) -> None:
    subjects = [
        ">",
        "xf.>",
        f"xf.{DISTRICT}.event.>",
        f"xf.{DISTRICT}.command.>",
        f"xf.{DISTRICT}.notice.>",
        f"xf.{DISTRICT}.notice.{TRIAL}.>",
        f"xf.{DISTRICT}.sealed.>",
        f"xf.{DISTRICT}.metric.>",
        f"xf.{DISTRICT}.dead.>",
        "_INBOX.>",
        f"_INBOX_{DISTRICT}_{TRIAL}.>",
        "_INBOX_review_of_mine.>",
        "$JS.>",
        "$JS.ACK.>",
        "$JS.EVENT.ADVISORY.>",
        "$SYS.>",
        f"figures.{DISTRICT}.>",
    ]
    async with watched(before.installation, user) as one:
        assert await one.may_hear(subjects) == []


async def test_without_a_credential_nobody_comes_in(before: Before) -> None:
    async def ignore(_error: Exception) -> None:
        """Raised by connect as well."""

    with pytest.raises(nats.errors.Error, match=r"(?i)authorization"):
        await nats.connect(before.installation.nats.url, allow_reconnect=False, error_cb=ignore)


# -- replies: the server's own answers go where the asker says


def far_ends() -> Iterable[str]:
    """Where an answer would do harm."""
    yield f"$JS.API.STREAM.DELETE.{Stream.PUBLIC}"
    yield f"$JS.API.STREAM.PURGE.{Stream.EVENTS}"
    yield f"$JS.API.STREAM.PURGE.{Stream.NOTICES}"
    yield f"xf.{DISTRICT}.event.intake.petition_registered.v1"
    yield f"xf.{DISTRICT}.notice.{OFFICE}.petition_registered.v1"
    yield f"xf.{DISTRICT}.clock.day"
    yield command(OPINES, PRINCIPAL)
    yield TOWNS


@pytest.mark.parametrize("actor", [PARTNER, UNIT, SUPERIOR])
async def test_no_answer_reaches_what_the_asker_may_not(before: Before, actor: str) -> None:
    """A request for messages is answered by an empty status, or by a notice that looks just like a fact."""
    name = {PARTNER: SUBMITS, SUPERIOR: SUBMITS, UNIT: REPORTS}[actor]
    durable = f"{Stream.NOTICES}.notice_{DISTRICT}_{actor}"
    async with watched(before.installation, f"{DISTRICT}.{actor}") as one:
        for end in far_ends():
            await one.client.publish(f"$JS.API.CONSUMER.INFO.{durable}", b"", reply=end)
            await one.client.publish(command(name, actor), b"{", headers={"ce-id": "x"}, reply=end)
            for request in ({"batch": 1, "no_wait": True}, {"batch": 5, "expires": 1_000_000}):
                await one.client.publish(
                    f"$JS.API.CONSUMER.MSG.NEXT.{durable}", json.dumps(request).encode(), reply=end
                )
        await one.client.flush()


async def test_no_consumer_of_a_dashboard_delivers_to_what_it_may_not(before: Before) -> None:
    """It may make consumers, and these send messages, and heartbeats without a body, wherever they are told to."""
    stream, own = Stream.METRICS.value, f"xf.{DISTRICT}.metric.>"
    core = f"$JS.XINFANG.API.CONSUMER.CREATE.{stream}.evil.{own}"
    async with watched(before.installation, f"{DISTRICT}.dashboard") as one:
        js = one.client.jetstream()
        ends = [*far_ends(), "_INBOX_operator.x", one.client.new_inbox()]
        heard = await one.client.subscribe(ends[-1])
        for number, end in enumerate(ends):
            config = ConsumerConfig(
                name=f"evil{number}", deliver_subject=end, idle_heartbeat=0.1, filter_subject=own, inactive_threshold=2
            )
            await js.add_consumer(stream, config)
            # The answer is all but a request to make the same consumer.
            await one.client.publish(f"$JS.API.CONSUMER.INFO.{stream}.evil{number}", b"", reply=core)
        # The last one delivers to us: when its heartbeats are here, the others' have gone out.
        while (await heard.next_msg(timeout=10)).data:
            pass


async def test_nothing_of_all_this_has_had_any_effect(before: Before) -> None:
    """The last of its kind: streams are as they were, but for the wrong commands that their own senders may send."""
    await rest(before.installation)
    async with connected(before.installation, "operator") as (operator,):
        after = await _sequences(operator)
    changed = {name for name, sequence in after.items() if before.streams.get(name) != sequence}
    assert set(after) == set(before.streams)
    assert changed <= {Stream.COMMANDS, Stream.DEAD}
    dead = {message.subject for message in await stored(before.installation, Stream.DEAD)}
    assert dead == {f"xf.{DISTRICT}.dead.intake", f"xf.{DISTRICT}.dead.review"}


# -- what each may do, in the ways that nats-py offers


def district_value(figure: bytes | None) -> float:
    """What a figure says of the whole district."""
    scopes = {one["scope"]: one["value"] for one in json.loads(figure or b"")["scopes"]}
    return float(scopes["district"])


async def test_a_partner_sends_and_reads_its_answer_by_name(before: Before) -> None:
    async with watched(before.installation, f"{DISTRICT}.{PARTNER}") as one:
        headers = headers_of(SUBMIT)
        await send(one.client, PARTNER, SUBMIT, submission(before.installation, {"text": "虚构的又一件"}), headers)
        notice = await next_notice(one.client, PARTNER, headers["ce-id"])
        assert notice.subject == f"xf.{DISTRICT}.notice.{PARTNER}.petition_registered.v1"
        js = one.client.jetstream()
        durable = f"notice_{DISTRICT}_{PARTNER}"
        named = await js.pull_subscribe("", durable=durable, stream=Stream.NOTICES.value)
        with pytest.raises(nats.errors.TimeoutError):
            await named.fetch(1, timeout=0.2)
        assert (await js.consumer_info(Stream.NOTICES.value, durable)).name == durable
        assert one.said == []


async def test_an_actor_hears_its_notices_as_they_come(before: Before) -> None:
    async with watched(before.installation, f"{DISTRICT}.{OFFICE}") as one:
        heard = await one.client.subscribe(f"xf.{DISTRICT}.notice.{OFFICE}.>")
        headers = headers_of(SUBMIT)
        body = submission(before.installation, {"text": "虚构的一封"}, "letter")
        await send(one.client, OFFICE, SUBMIT, body, headers)
        notice = await heard.next_msg(timeout=10)
        assert (notice.headers or {})["ce-causationid"] == headers["ce-id"]
        assert one.said == []


async def test_a_dashboard_reads_its_districts_figures_in_every_ordinary_way(before: Before) -> None:
    stream, own = Stream.METRICS.value, f"xf.{DISTRICT}.metric.>"
    async with watched(before.installation, f"{DISTRICT}.dashboard") as one:
        js = one.client.jetstream()
        expected = (await js.get_last_msg(stream, TOWNS, direct=True)).data
        assert district_value(expected) == 6
        assert (await js.get_last_msg(stream, TOWNS)).data == expected
        for subscribed in (
            await js.subscribe(own, stream=stream, ordered_consumer=True),
            await js.subscribe(own, stream=stream, deliver_policy=DeliverPolicy.LAST_PER_SUBJECT),
        ):
            assert (await subscribed.next_msg(timeout=5)).subject.startswith(f"xf.{DISTRICT}.metric.")
        pulled = await js.pull_subscribe(own, stream=stream)
        named = await js.pull_subscribe(TOWNS, durable="wall", stream=stream)
        bound = await js.pull_subscribe_bind(durable="wall", stream=stream)
        assert (await pulled.fetch(1, timeout=5))[0].subject.startswith(f"xf.{DISTRICT}.metric.")
        (message,) = await named.fetch(1, timeout=5)
        assert message.data == expected
        await message.ack_sync()
        with pytest.raises(nats.errors.TimeoutError):
            await bound.fetch(1, timeout=0.2)
        await js.delete_consumer(stream, "wall")
        assert (await js.stream_info(stream)).state.messages > 0
        assert one.said == []


async def test_a_figure_that_changes_reaches_a_dashboard_that_listens(before: Before) -> None:
    subject = f"xf.{DISTRICT}.metric.petitions_received.2023-03"
    async with (
        watched(before.installation, f"{DISTRICT}.dashboard") as one,
        connected(before.installation, f"{DISTRICT}.{PARTNER}", "operator") as (partner, operator),
    ):
        await settled(operator, Stream.METRICS)
        listening = await one.client.jetstream().subscribe(subject, stream=Stream.METRICS.value, ordered_consumer=True)
        value = district_value((await listening.next_msg(timeout=5)).data)
        await send(partner, PARTNER, SUBMIT, submission(before.installation, {"text": "虚构的还有一件"}))
        assert district_value((await listening.next_msg(timeout=10)).data) == value + 1
        assert one.said == []
