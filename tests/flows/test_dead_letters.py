"""What cannot be handled is buried, sealed, once, with its reason, and holds up nobody."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import nats.errors
import nats.js.errors
import pytest
from xinfang_contracts.deadletter import DeadLetter
from xinfang_contracts.registry import Stream

from services.installation import MAX_PAYLOAD, Installation
from services.runtime import keys
from services.runtime.deadletters import Cemetery
from services.runtime.errors import Poison
from services.runtime.incoming import Settling
from services.runtime.pull import delivery_of
from services.runtime.topology import COMMAND_BYTES
from tests.flows.outside import (
    DISTRICT,
    PARTNER,
    SUBMIT,
    connected,
    dead_letters,
    fresh,
    headers_of,
    http,
    rest,
    rows,
    seal,
    send,
    stored,
    subject_of,
    submission,
    tick,
    unsealed,
)

GOOD = 50
UNIT = "unit_430406001"
REPORT, DECLARE = "review.submit_report.v1", "intake.declare_district.v1"


@dataclass(frozen=True)
class Wrong:
    """One message that nobody can handle, and what must be said of it."""

    reason: str
    body: bytes
    headers: Mapping[str, str] | None = None
    actor: str = PARTNER
    type: str = SUBMIT
    district: str = DISTRICT
    service: str = "intake"

    def sent_headers(self) -> dict[str, str]:
        """Its own, or an ordinary envelope's."""
        return dict(headers_of(self.type) if self.headers is None else self.headers)

    @property
    def user(self) -> str:
        """The credential that may send it."""
        return self.actor if self.actor == "operator" else f"{DISTRICT}.{self.actor}"

    @property
    def subject(self) -> str:
        """Where it is sent."""
        return subject_of(self.type, self.actor, self.district)


def wrong_ones(installation: Installation) -> dict[str, Wrong]:
    """Every way in which a sender can be wrong."""
    text = {"text": "虚构:账目没有公布"}
    good = submission(installation, text)
    elsewhere = seal(installation, text, f"{DISTRICT}.leader_principal")
    changed = json.loads(good) | {"content": json.loads(good)["content"][:-4] + "AAAA"}
    event = {"specversion": "1.0", "id": fresh(), "type": SUBMIT, "source": "x", "data": {"channel": "web"}}
    structured = {"content-type": "application/cloudevents+json"}
    return {
        "wrong JSON": Wrong("ValidationError", good[:-1]),
        "no bytes": Wrong("ValidationError", b""),
        "no UTF-8": Wrong("ValidationError", "虚构".encode("gb18030")),
        "wrong shape": Wrong("ValidationError", b'{"channel": "yidiantong", "text": "in the open"}'),
        "unknown type": Wrong("UnknownType", good, headers_of("intake.sumbit_petition.v1")),
        "a later major version": Wrong("UnknownType", good, headers_of("intake.submit_petition.v2")),
        "another type than the subject's": Wrong(
            "TypeDiffersFromSubject", good, headers_of("intake.screen_petition.v1")
        ),
        "a fact's type": Wrong("TypeDiffersFromSubject", good, headers_of("intake.petition_accepted.v1")),
        "a district that is not here": Wrong(
            "UnknownDistrict", b'{"revision": ""}', actor="operator", type=DECLARE, district="999999"
        ),
        "encrypted for another reader": Wrong(
            "CiphertextDoesNotOpen", json.dumps({"channel": "yidiantong", "content": elsewhere}).encode()
        ),
        "changed on the way": Wrong("CiphertextDoesNotOpen", json.dumps(changed).encode()),
        "no content in the ciphertext": Wrong("ValidationError", submission(installation, {"txt": "虚构"})),
        "no JSON in the ciphertext": Wrong("ValidationError", submission(installation, b"\xff\x00")),
        "no envelope": Wrong("EnvelopeError", good, {"x-sender": "somebody"}),
        "no id": Wrong(
            "EnvelopeError", good, {name: one for name, one in headers_of(SUBMIT).items() if name != "ce-id"}
        ),
        "an id in Chinese": Wrong("EnvelopeError", good, headers_of(SUBMIT) | {"ce-id": "编号"}),
        "structured, of another version": Wrong(
            "EnvelopeError", json.dumps(event | {"specversion": "0.3"}).encode(), structured
        ),
        "structured, of the wrong shape": Wrong("ValidationError", json.dumps(event).encode(), structured),
        "as long as a command may be": Wrong("ValidationError", b"x" * (COMMAND_BYTES - 1_000)),
        "to another service": Wrong("ValidationError", b"{}", actor=UNIT, type=REPORT, service="review"),
    }


@dataclass(frozen=True)
class Buried:
    """What was sent while intake was down, and what became of it; by what was wrong with each."""

    wrong: dict[str, Wrong]
    headers: dict[str, dict[str, str]]
    letters: dict[str, DeadLetter]
    count: int
    registered: int


@pytest.fixture(scope="module")
def buried(installation: Installation) -> Buried:
    """50 good petitions with every wrong one among them, all waiting when intake comes up."""
    asyncio.run(tick(installation, "2023-03-01"))
    end(installation, "intake")
    wrong = wrong_ones(installation)
    headers = {
        one: dict(headers_of(wrong[one].type) if wrong[one].headers is None else wrong[one].headers or {})
        for one in wrong
    }
    places = asyncio.run(_send_among_good_ones(installation, wrong, headers))
    installation.start_service("intake")
    installation.wait_ready(["intake"])
    found, registered = asyncio.run(_look(installation))
    letters = {name: found[place] for name, place in places.items() if place in found}
    return Buried(wrong, headers, letters, len(found), registered)


def end(installation: Installation, service: str) -> None:
    running = installation.running[service]
    running.process.terminate()
    assert running.process.wait(30) == 0


async def _send_among_good_ones(
    installation: Installation, wrong: dict[str, Wrong], headers: dict[str, dict[str, str]]
) -> dict[str, int]:
    """The place of each wrong one in the stream of commands."""
    users = sorted({one.user for one in wrong.values()})
    good = [submission(installation, {"text": f"虚构第{number}件"}) for number in range(GOOD)]
    async with connected(installation, *users) as clients:
        by_user = dict(zip(users, clients, strict=True))
        partner = by_user[f"{DISTRICT}.{PARTNER}"]
        places = {}
        for body in good[: GOOD // 2]:
            await send(partner, PARTNER, SUBMIT, body)
        for name, one in wrong.items():
            js = by_user[one.user].jetstream(timeout=10)
            places[name] = (await js.publish(one.subject, one.body, headers=headers[name])).seq
        for body in good[GOOD // 2 :]:
            await send(partner, PARTNER, SUBMIT, body)
        return places


async def _look(installation: Installation) -> tuple[dict[int, DeadLetter], int]:
    await rest(installation)
    return await dead_letters(installation), await registered(installation)


async def registered(installation: Installation) -> int:
    return len(await rows(installation, "SELECT 1 FROM intake.petitions"))


async def test_the_good_ones_beside_them_go_through(buried: Buried) -> None:
    assert buried.registered == GOOD


async def test_each_is_buried_once_with_its_reason_and_place(buried: Buried) -> None:
    assert {name: one.reason for name, one in buried.letters.items()} == {
        name: one.reason for name, one in buried.wrong.items()
    }
    assert buried.count == len(buried.wrong)
    for name, letter in buried.letters.items():
        one = buried.wrong[name]
        assert (letter.subject, letter.stream, letter.service) == (one.subject, Stream.COMMANDS, one.service)
        assert letter.deliveries == 1


async def test_what_is_sealed_opens_to_exactly_what_was_sent(installation: Installation, buried: Buried) -> None:
    for name, letter in buried.letters.items():
        assert unsealed(installation, letter) == (buried.headers[name], buried.wrong[name].body), name


async def test_only_the_vaults_key_opens_it(installation: Installation, buried: Buried) -> None:
    folder = installation.folder / "keys"
    others = {path.name.removesuffix(".private.json") for path in folder.glob("*.private.json")} - {keys.VAULT}
    assert others
    letter = buried.letters["wrong shape"]
    for other in others:
        with pytest.raises(Poison):
            keys.unseal(letter.sealed, keys.private_key(folder, other))


async def test_each_stands_under_its_district_or_under_none(installation: Installation, buried: Buried) -> None:
    subjects = {message.subject for message in await stored(installation, Stream.DEAD)}
    assert subjects == {f"xf.{DISTRICT}.dead.intake", f"xf.{DISTRICT}.dead.review", "xf.999999.dead.intake"}


async def test_nothing_is_left_to_be_delivered_again(installation: Installation, buried: Buried) -> None:
    async with connected(installation, "operator") as (operator,):
        for service in ("intake", "review"):
            info = await operator.jetstream().consumer_info(Stream.COMMANDS.value, f"{service}_commands")
            assert (info.num_pending, info.num_ack_pending) == (0, 0)


class Lost:
    """The way back to the broker, on which every word is lost."""

    def __getattr__(self, _word: str) -> Callable[..., None]:
        return lambda *_: None


async def test_what_is_delivered_again_after_its_burial_is_buried_once(
    installation: Installation, buried: Buried
) -> None:
    """A service dies between the dead letter and its word to the broker: the message comes to the next one."""
    before = burials(installation)
    end(installation, "intake")
    vault = keys.public_key(installation.folder / "keys", keys.VAULT)
    async with connected(installation, f"{DISTRICT}.{PARTNER}", "intake") as (partner, intake):
        place = await send(partner, PARTNER, SUBMIT, b"{")
        pull = await intake.jetstream().pull_subscribe_bind(durable="intake_commands", stream=Stream.COMMANDS.value)
        (message,) = await pull.fetch(1, timeout=10)
        delivery = delivery_of(intake, message, Stream.COMMANDS)
        delivery.settling = cast(Settling, Lost())
        dying = Cemetery("intake", lambda: intake, vault)
        dying.bury(delivery, "ValidationError")
        await dying.drain()
        assert len(await stored(installation, Stream.DEAD)) == buried.count + 1
        await message.nak()
        await intake.flush()
    installation.start_service("intake")
    installation.wait_ready(["intake"])
    await rest(installation)
    letters = await dead_letters(installation)
    assert len(letters) == buried.count + 1
    assert letters[place].deliveries == 1
    # Not because nobody tried: the new one has buried it too.
    assert burials(installation) == before + 1


def burials(installation: Installation) -> int:
    """How often intake says that it has buried."""
    return installation.running["intake"].log.read_text().count("message.buried")


async def test_a_burial_is_known_for_weeks(installation: Installation) -> None:
    """Not for the two minutes that are NATS's own: the next service may be a week away."""
    async with connected(installation, "operator") as (operator,):
        config = (await operator.jetstream().stream_info(Stream.DEAD.value)).config
    assert config.duplicate_window >= 7 * 86_400


# -- over the limit


async def test_a_command_over_the_limit_is_refused_by_the_broker(installation: Installation) -> None:
    before = await registered(installation), len(await stored(installation, Stream.DEAD))
    async with connected(installation, f"{DISTRICT}.{PARTNER}", "operator") as (partner, operator):
        js = operator.jetstream()
        last = (await js.stream_info(Stream.COMMANDS.value)).state.last_seq
        with pytest.raises(nats.js.errors.APIError, match="maximum"):
            await send(partner, PARTNER, SUBMIT, b"x" * COMMAND_BYTES)
        with pytest.raises(nats.errors.MaxPayloadError):
            await send(partner, PARTNER, SUBMIT, b"x" * (MAX_PAYLOAD + 1))
        assert (await js.stream_info(Stream.COMMANDS.value)).state.last_seq == last
    await rest(installation)
    assert (await registered(installation), len(await stored(installation, Stream.DEAD))) == before


async def test_a_body_over_the_limit_is_refused_at_the_door(installation: Installation) -> None:
    before = await registered(installation)
    body: dict[str, Any] = {"channel": "web", "text": "虚" * 100_000}
    async with http(installation) as door:
        key = {"Idempotency-Key": fresh()}
        assert (await door.post(f"/v1/{DISTRICT}/petitions", json=body, headers=key)).status_code == 413
    assert await registered(installation) == before


async def test_the_longest_petition_that_the_contract_allows_goes_through(installation: Installation) -> None:
    before = await registered(installation)
    async with connected(installation, f"{DISTRICT}.{PARTNER}") as (partner,):
        await send(partner, PARTNER, SUBMIT, submission(installation, {"text": "𠮷" * 20_000}))
    await rest(installation)
    assert await registered(installation) == before + 1
