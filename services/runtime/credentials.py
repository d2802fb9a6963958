"""NATS users, their permissions and accounts, generated from the registry: nobody can say what is not theirs to say.

Each user has an NKey: the server's configuration holds public keys only. Permissions alone are not enough: the server
asks nobody whether a request's reply subject is theirs, and its own answers may go anywhere in the asker's account.
Inside ours an office could have a pull request answered to ``$JS.API.STREAM.DELETE.XF_EVENTS``, and it was deleted.
So every outsider has an account of its own, which holds nothing but imports of its own subjects.
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
from .topology import (
    CORE,
    Subscriptions,
    figures_account,
    figures_deliver,
    notice_durable,
    sealed_durable,
    sealed_readers,
)

SERVICES = ("intake", "routing", "review", "metrics")
ANSWER_SECONDS = 60


@dataclass
class User:
    """A NATS user: what it may publish and subscribe to. ``name`` is its credential file and its inbox prefix.

    account: CORE for who runs the system; an outsider's own otherwise; answers: may reply to what it is asked.
    """

    name: str
    publish: list[str] = field(default_factory=list)
    subscribe: list[str] = field(default_factory=list)
    account: str = CORE
    answers: bool = False

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
    # To find, after an outage, which of its own messages stand already.
    user.publish += [f"$JS.API.DIRECT.GET.{stream}" for stream in (Stream.EVENTS, Stream.NOTICES)]
    if name == "intake":
        user.publish.append("xf.*.sealed.*")
        # To apply erasures again after a restore, it looks at what it has said itself.
        user.publish += [f"$JS.API.STREAM.INFO.{Stream.EVENTS}", f"$JS.API.DIRECT.GET.{Stream.EVENTS}"]
        user.publish += [f"$JS.API.STREAM.{verb}.{Stream.COMMANDS}" for verb in ("INFO", "PURGE")]
        user.publish += [
            f"$JS.API.CONSUMER.INFO.{Stream.COMMANDS}.{durable_name(owner, Stream.COMMANDS)}" for owner in OWNERS
        ]
    if name == "metrics":
        user.publish += [metric_subject("*", "*", "*"), "xf.*.public.>"]
        user.publish += [f"$JS.API.STREAM.INFO.{Stream.METRICS}", f"$JS.API.DIRECT.GET.{Stream.METRICS}.>"]
    asked = [entry.subject("*", "*") for entry in of_kind(Kind.READ) if entry.owner == name]
    user.subscribe += asked
    user.answers = bool(asked)
    for stream in subscriptions[name]:
        user.publish += _pulls(stream, durable_name(name, stream))
    return user


def _actor(district: District, code: str) -> User:
    name = f"{district.code}.{code}"
    user = User(name, subscribe=[f"xf.{district.code}.notice.{code}.>"], account=name.replace(".", "_"))
    kind = code.split("_", 1)[0]
    said = [*of_kind(Kind.COMMAND), *of_kind(Kind.READ)]
    user.publish += [entry.subject(district.code, code) for entry in said if kind in entry.actors]
    user.publish += _pulls(Stream.NOTICES, notice_durable(district.code, code))
    if code in sealed_readers(district):
        user.publish += _pulls(Stream.SEALED, sealed_durable(district.code, code))
    return user


def _operator(districts: Sequence[District]) -> User:
    user = User("operator", publish=["$JS.API.>", "$JS.*.API.>", "xf.*.schedule.>"])
    for entry in of_kind(Kind.COMMAND):
        if "operator" in entry.actors:
            user.publish.append(entry.subject("*", "operator"))
    for district in districts:
        user.publish.append(f"$JS.ACK.{Stream.NOTICES}.{notice_durable(district.code, 'operator')}.>")
    return user


def _dashboard(district: str) -> User:
    """May read its district's copy of the metric stream in every way that there is, and nothing else."""
    stream = Stream.METRICS
    api = ("STREAM.INFO", "STREAM.MSG.GET", "DIRECT.GET", "CONSUMER.NAMES", "CONSUMER.LIST", "CONSUMER.CREATE")
    below = ("DIRECT.GET", "CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE", "CONSUMER.INFO", "CONSUMER.DELETE")
    return User(
        f"{district}.dashboard",
        publish=[
            "$JS.API.INFO",
            "$JS.API.STREAM.NAMES",
            *(f"$JS.API.{one}.{stream}" for one in api),
            *(f"$JS.API.{one}.{stream}.>" for one in (*below, "CONSUMER.MSG.NEXT")),
            f"$JS.ACK.{stream}.>",
            f"$JS.FC.{stream}.>",
        ],
        account=figures_account(district),
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


def accounts(found: Sequence[User], public: dict[str, str]) -> str:
    """The server's accounts block: ours with JetStream, the dashboards' of each district, every other outsider's."""
    by_account: dict[str, list[User]] = {CORE: []}
    for user in found:
        by_account.setdefault(user.account, []).append(user)
    districts = [user.name.split(".")[0] for user in found if user.account == figures_account(user.name.split(".")[0])]
    lines = ["accounts {"]
    for account, users_of in by_account.items():
        lines += [f"  {account} {{", "    users: ["]
        lines += [line for user in users_of for line in _user(user, public[user.name])]
        lines += ["    ]"]
        if account == CORE:
            lines += _core(districts)
        elif account in map(figures_account, districts):
            lines += _figures(users_of[0].name.split(".")[0])
        else:
            lines += _outsider(users_of)
        lines += ["  }"]
    return "\n".join([*lines, "}", ""])


def _user(user: User, public: str) -> list[str]:
    # Once, and soon: it may say whatever it likes there, but only to who has asked.
    answers = [f'          allow_responses: {{ max: 1, expires: "{ANSWER_SECONDS}s" }},'] if user.answers else []
    return [
        f"      # {user.name}",
        f"      {{ nkey: {public}, permissions: {{",
        *answers,
        f"          publish: {{ allow: [{_quoted(user.publish)}] }},",
        f"          subscribe: {{ allow: [{_quoted(user.subscribe)}] }} }} }}",
    ]


def _core(districts: Sequence[str]) -> list[str]:
    """What may be imported at all; who imports what, only this file says."""
    return [
        "    jetstream: enabled",
        "    exports: [",
        '      { service: "xf.*.command.>" }',
        *(f'      {{ service: "{entry.subject("*", "*")}" }}' for entry in of_kind(Kind.READ)),
        '      { stream: "xf.*.notice.>" }',
        '      { service: "$JS.API.INFO" }',
        '      { service: "$JS.API.CONSUMER.INFO.*.*" }',
        '      { service: "$JS.API.CONSUMER.MSG.NEXT.*.*", response: stream }',
        '      { service: "$JS.ACK.>" }',
        f'      {{ service: "$JS.API.CONSUMER.CREATE.{Stream.METRICS}.*.xf.*.metric.>" }}',
        f'      {{ service: "$JS.FC.{Stream.METRICS}.>" }}',
        *(f'      {{ stream: "{figures_deliver(district)}.>" }}' for district in districts),
        "    ]",
        "    imports: [",
        *(
            _import("service", figures_account(district), "$JS.API.>", f"$JS.{figures_account(district)}.API.>")
            for district in districts
        ),
        "    ]",
    ]


def _figures(district: str) -> list[str]:
    """A district's dashboards: JetStream of their own with one stream, a mirror of the metrics.

    They may create consumers, and a consumer delivers wherever its maker says: here that reaches nothing of ours.
    """
    api = f"API.CONSUMER.CREATE.{Stream.METRICS}.*.xf.{district}.metric.>"
    return [
        "    jetstream: { max_mem: 16M, max_file: 256M, max_streams: 1, max_consumers: 1000 }",
        f'    exports: [ {{ service: "$JS.API.>", accounts: [{CORE}] }} ]',
        "    imports: [",
        _import("service", CORE, f"$JS.{api}", f"$JS.{CORE}.{api}"),
        _import("service", CORE, f"$JS.FC.{Stream.METRICS}.>"),
        _import("stream", CORE, f"{figures_deliver(district)}.>"),
        "    ]",
    ]


def _outsider(users_of: Sequence[User]) -> list[str]:
    # With this one imported the server leaves out its own "JetStream is not enabled for this account".
    lines = ["    imports: [", _import("service", CORE, "$JS.API.INFO")]
    for user in users_of:
        lines += [_import("service", CORE, subject) for subject in user.publish]
        lines += [_import("stream", CORE, subject) for subject in user.subscribe if not subject.startswith(user.inbox)]
    return [*lines, "    ]"]


def _import(kind: str, account: str, subject: str, to: str | None = None) -> str:
    renamed = f', to: "{to}"' if to else ""
    return f'      {{ {kind}: {{ account: {account}, subject: "{subject}" }}{renamed} }}'


def _quoted(subjects: Iterable[str]) -> str:
    return ", ".join(f'"{subject}"' for subject in subjects)
