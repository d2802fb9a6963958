"""Notices' side of a round: what their rules need from the vault and from the settings, and the outbox."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.notices import RecordDelivery, SendNotice

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming

from ...vault.documents import new_salt
from ...vault.masters import Masters
from ...vault.shelf import contents
from ..rules import Facts, Post, Unpost
from ..wording import Wording
from . import tables
from .pdf import printable
from .smtp import MailServer, mail_servers
from .templates import wordings

_NAMES = UUID("b1a4c1de-2f0e-4f0a-8f57-6e2f1f1f2a10")


@dataclass(frozen=True)
class Setup:
    """What is set up for notices, by district."""

    wordings: Mapping[str, Wording]
    servers: Mapping[str, MailServer]

    @classmethod
    def read(cls, districts: Mapping[str, District], key_folder: Path) -> "Setup":
        """From the keys folder. StartError when something there is broken."""
        return cls(wordings(districts, key_folder), mail_servers(districts, key_folder))


class Desk:
    """What one round needs of notices and does with them."""

    def __init__(self, setup: Setup, found: Mapping[str, PetitionContent], proofs: frozenset[tuple[str, str]]) -> None:
        self._setup = setup
        self._contents = found
        self._proofs = proofs
        self._posts: list[Post] = []
        self._done: list[Unpost] = []

    @classmethod
    async def open(cls, connection: Connection, messages: Iterable[Incoming], masters: Masters, setup: Setup) -> "Desk":
        """With the petitions that notices are written on, decrypted in memory, and the proofs that are there."""
        named = [one.message for one in messages]
        sent = sorted({one.petition for one in named if isinstance(one, SendNotice)})
        proofs = {(one.petition, one.proof.document) for one in named if isinstance(one, RecordDelivery) and one.proof}
        return cls(
            setup,
            await contents(connection, sent, masters) if sent else {},
            await _kept(connection, proofs) if proofs else frozenset(),
        )

    def facts(self, incoming: Incoming, district: District, actor: str) -> Facts:
        """For notices' rules."""
        message = incoming.message
        match message:
            case SendNotice():
                document, salt = self._name(incoming)
                return Facts(
                    district,
                    actor,
                    content=self._contents.get(message.petition),
                    document=document,
                    salt=salt,
                    wording=self._setup.wordings[district.code],
                    has_mail=district.code in self._setup.servers,
                    printable=printable(),
                )
            case RecordDelivery(proof=proof) if proof is not None:
                return Facts(district, actor, is_proof_kept=(message.petition, proof.document) in self._proofs)
            case _:
                return Facts(district, actor)

    def decided(self, keep: Iterable[object]) -> None:
        """Remember what goes into the outbox and what comes out of it."""
        for one in keep:
            match one:
                case Post():
                    self._posts.append(one)
                case Unpost():
                    self._done.append(one)

    async def save(self, connection: Connection) -> None:
        """Write the outbox."""
        if self._done:
            await tables.unpost(connection, self._done)
        if self._posts:
            await tables.post(connection, self._posts)

    def _name(self, incoming: Incoming) -> tuple[str, bytes]:
        """Id and salt of what is written; the salt follows from nothing, or it would outlive an erasure."""
        return str(uuid5(_NAMES, incoming.key.hex() + incoming.body_hash.hex())), new_salt()


async def _kept(connection: Connection, proofs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Which of these documents the vault has, of these petitions and whatever somebody has deposited."""
    given = [(petition, UUID(document)) for petition, document in proofs]
    rows = await connection.fetch(
        "SELECT d.petition, d.id FROM intake.documents d"
        " JOIN unnest($1::text[], $2::uuid[]) AS u (petition, id) ON d.petition = u.petition AND d.id = u.id"
        " WHERE d.kind NOT IN ('petition', 'notice')",
        [petition for petition, _ in given],
        [document for _, document in given],
    )
    return frozenset((row["petition"], str(row["id"])) for row in rows)
