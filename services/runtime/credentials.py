"""NATS users and their permissions, generated from the registry: nobody can say what is not theirs to say.

Each user has an NKey: the server's configuration holds public keys only.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nkeys
from xinfang_contracts.district import District
from xinfang_contracts.registry import Kind, Stream, metric_subject, of_kind

from .broker import durable_name
from .clearing import OWNERS
from .keys import write_secret
from .topology import Subscriptions, notice_durable, sealed_durable, sealed_readers

SERVICES = ("intake", "routing", "review", "metrics")


@dataclass
class User:
    """A NATS user: what it may publish and subscribe to. ``name`` is its credential file and its inbox prefix."""

    name: str
    publish: list[str] = field(default_factory=list)
    subscribe: list[str] = field(default_factory=list)

    @property
    def inbox(self) -> str:
        """Its private inbox prefix: with a shared one, credentials could listen to each other's answers."""
        return f"_INBOX_{self.name.replace('.', '_')}"


def users(subscriptions: Subscriptions, districts: Iterable[District], *, replay: bool) -> list[User]:
    """Everybody who may connect. ``replay`` adds the user that ticks the clock of a replayed district."""
    districts = list(districts)
    found = [_service(name, subscriptions) for name in SERVICES]
    found.append(_operator(districts))
    for district in districts:
        found += [_actor(district, code) for code in district.actors()]
        found.append(_dashboard(district.code))
    if replay:
        found.append(User("clock", ["xf.*.clock.>"]))
    for user in found:
        user.subscribe.append(f"{user.inbox}.>")
    return found


def _service(name: str, subscriptions: Subscriptions) -> User:
    user = User(name, publish=[f"xf.*.dead.{name}"])
    for entry in of_kind(Kind.FACT):
        if entry.owner == name:
            user.publish += [entry.subject("*"), entry.notice_subject("*", "*")]
    if name == "intake":
        user.publish.append("xf.*.sealed.*")
        user.publish += [f"$JS.API.STREAM.{verb}.{Stream.COMMANDS}" for verb in ("INFO", "PURGE")]
        user.publish += [
            f"$JS.API.CONSUMER.INFO.{Stream.COMMANDS}.{durable_name(owner, Stream.COMMANDS)}" for owner in OWNERS
        ]
    if name == "metrics":
        user.publish += [metric_subject("*", "*", "*"), "xf.*.public.>"]
        user.publish += [f"$JS.API.STREAM.INFO.{Stream.METRICS}", f"$JS.API.DIRECT.GET.{Stream.METRICS}.>"]
    for stream in subscriptions[name]:
        user.publish += _pulls(stream, durable_name(name, stream))
    return user


def _actor(district: District, code: str) -> User:
    user = User(f"{district.code}.{code}", subscribe=[f"xf.{district.code}.notice.{code}.>"])
    kind = code.split("_", 1)[0]
    user.publish += [entry.subject(district.code, code) for entry in of_kind(Kind.COMMAND) if kind in entry.actors]
    user.publish += _pulls(Stream.NOTICES, notice_durable(district.code, code))
    if code in sealed_readers(district):
        user.publish += _pulls(Stream.SEALED, sealed_durable(district.code, code))
    return user


def _operator(districts: Sequence[District]) -> User:
    user = User("operator", publish=["$JS.API.>", "xf.*.schedule.>"])
    for entry in of_kind(Kind.COMMAND):
        if "operator" in entry.actors:
            user.publish.append(entry.subject("*", "operator"))
    for district in districts:
        user.publish.append(f"$JS.ACK.{Stream.NOTICES}.{notice_durable(district.code, 'operator')}.>")
    return user


def _dashboard(district: str) -> User:
    """May read the metric stream: create a consumer on it or ask for the last value, and nothing else."""
    stream = Stream.METRICS
    own = f"xf.{district}.metric.>"
    return User(
        f"{district}.dashboard",
        publish=[
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.DIRECT.GET.{stream}.{own}",
            f"$JS.API.CONSUMER.CREATE.{stream}.*.{own}",
            f"$JS.API.CONSUMER.INFO.{stream}.*",
            f"$JS.API.CONSUMER.DELETE.{stream}.*",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*",
            f"$JS.ACK.{stream}.>",
            f"$JS.FC.{stream}.>",
        ],
    )


def _pulls(stream: Stream, durable: str) -> list[str]:
    return [
        f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}",
        f"$JS.API.CONSUMER.INFO.{stream}.{durable}",
        f"$JS.ACK.{stream}.{durable}.>",
    ]


def seed_file(folder: Path, name: str) -> Path:
    """Where a user's NKey seed lies."""
    return folder / f"{name}.nk"


def ensure_seeds(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Make a seed for each user that has none; returns name -> public NKey."""
    folder.mkdir(parents=True, exist_ok=True)
    public = {}
    for name in names:
        path = seed_file(folder, name)
        if not path.exists():
            seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
            write_secret(path, seed.decode())
        public[name] = nkeys.from_seed(bytearray(path.read_text().strip().encode())).public_key.decode()
    return public


def accounts(found: Iterable[User], public: dict[str, str]) -> str:
    """The server's accounts block: one account with JetStream, its users, their permissions."""
    lines = ["accounts {", "  XINFANG {", "    jetstream: enabled", "    users: ["]
    for user in found:
        lines += [
            f"      # {user.name}",
            f"      {{ nkey: {public[user.name]}, permissions: {{",
            f"          publish: {{ allow: [{_quoted(user.publish)}] }},",
            f"          subscribe: {{ allow: [{_quoted(user.subscribe)}] }} }} }}",
        ]
    return "\n".join([*lines, "    ]", "  }", "}", ""])


def _quoted(subjects: Iterable[str]) -> str:
    return ", ".join(f'"{subject}"' for subject in subjects)
