"""Petitions that items name: how they stand, and what becomes of the words on them when one is sealed or erased."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.mediation import LinkMediation
from xinfang_contracts.message import Message
from xinfang_contracts.reception import RecordReception

from services.runtime import keys
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming

from ..decide import Attachment
from ..sealed import resealing
from ..sealed.resealing import Locked
from ..state import Petition, Sealed, State
from ..submission import seal_for, sealed_parts
from ..vault.masters import Masters
from .facts import LETTERS, HandedOver, SealedWords, Words

NAMING = (RecordReception, LinkMediation)
"""Messages that name a petition which must be there."""
_STATES: TypeAdapter[Any] = TypeAdapter(Petition)
COVER = "接待、调解记录见所附 / what was written at a reception or a mediation is attached"


def named_by(messages: Iterable[Message]) -> list[str]:
    """The petitions that items name."""
    return sorted({one.petition for one in messages if isinstance(one, NAMING) and one.petition is not None})


async def states(connection: Connection, messages: Sequence[Incoming], petitions: Sequence[str]) -> dict[str, State]:
    """How the petitions stand that items name, until the commit: one that is sealed or erased takes no more words.

    Locked are all of the round's, in the order in which the round will lock them.
    """
    if not petitions:
        return {}
    concerned = {number for one in messages if (number := getattr(one.message, "petition", None)) is not None}
    rows = await connection.fetch(
        "SELECT petition, state FROM intake.petitions WHERE petition = ANY($1::text[]) ORDER BY petition FOR UPDATE",
        sorted(concerned),
    )
    return {row["petition"]: _STATES.validate_json(row["state"]) for row in rows if row["petition"] in petitions}


async def mediations(connection: Connection, messages: Iterable[Message]) -> dict[str, Locked]:
    """What the vault holds on the mediations that are to be linked; their states are locked before, as petitions' are:
    words that another round adds between this look and the commit would be destroyed unsent.
    """
    given = list(messages)
    linked = sorted({one.item for one in given if isinstance(one, LinkMediation)})
    if not linked:
        return {}
    concerned = sorted({item for one in given if (item := getattr(one, "item", None)) is not None})
    await connection.execute(
        "SELECT FROM intake.items WHERE item = ANY($1::text[]) ORDER BY item FOR UPDATE", concerned
    )
    return await resealing.locked(connection, linked)


def sealed_words(
    message: Message,
    words: Words | None,
    petitions: Mapping[str, State],
    found: Mapping[str, Locked],
    vault: tuple[District, Masters, Path],
) -> SealedWords | None:
    """The words on a sealed petition, opened in memory and sealed for its reader; None where there are none."""
    district, masters, key_folder = vault
    petition = petitions.get(message.petition or "") if isinstance(message, NAMING) else None
    if not isinstance(petition, Sealed):
        return None
    if isinstance(message, LinkMediation):
        if (locked := found.get(message.item)) is None:
            return None
        files = resealing.opened(message.item, locked, masters)
        return _sealed(petition.reader, files, district, key_folder, frozenset(locked.ids))
    if words is None:
        return None
    file = Attachment(f"{LETTERS['R']}.json", "application/json", words.plaintext)
    return _sealed(petition.reader, [file], district, key_folder)


def _sealed(
    reader: str,
    files: Sequence[Attachment],
    district: District,
    key_folder: Path,
    documents: frozenset[str] = frozenset(),
) -> SealedWords:
    cover = seal_for(reader, PetitionContent(text=COVER), district, key_folder)
    key = keys.public_key(key_folder, f"{district.code}.{reader}")
    return SealedWords(reader, cover, tuple(sealed_parts(files, key)), documents)


async def save(connection: Connection, handed_over: Sequence[HandedOver]) -> None:
    """Which item has gone on as which petition; said again after a restore, it stands already."""
    if handed_over:
        await connection.executemany(
            "INSERT INTO intake.handed_over (item, petition) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [(one.item, one.petition) for one in handed_over],
        )
