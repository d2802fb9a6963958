"""A petition from the vault, opened in memory and sealed for its one reader; then what opened it here is destroyed.

With it goes what was written of the items that went on as it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.sealed import SealPetition

from services.runtime import keys
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming

from ..decide import Attachment
from ..files import attachments
from ..submission import sealed_parts
from ..vault import documents
from ..vault.masters import Masters
from .sealing import Reopened, late_reader


@dataclass(frozen=True, slots=True)
class Locked:
    """The data key and the documents by kind, as they are stored, of a petition or of an item.

    ids: of the documents; linked: of a petition, what the vault holds on the items that went on as it.
    """

    wrapped_key: bytes
    key_version: int
    documents: dict[str, list[bytes]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    linked: "dict[str, Locked]" = field(default_factory=dict)

    def beside(self) -> Iterator[tuple[str, bytes]]:
        """Kind and ciphertext of all but the petition itself."""
        return ((kind, one) for kind, some in self.documents.items() for one in some if kind != documents.PETITION)


async def load(connection: Connection, messages: Sequence[Incoming]) -> dict[str, Locked]:
    """Vault rows of the petitions that are to be sealed.

    Their states are locked before, with all others that the round locks (``earlier_petitions``): a document that
    another round adds between this look and the commit would be destroyed unsent.
    """
    wanted = [one.message.petition for one in messages if isinstance(one.message, SealPetition)]
    if not wanted:
        return {}
    rows = await connection.fetch(
        "SELECT item, petition FROM intake.handed_over WHERE petition = ANY($1::text[]) ORDER BY item", wanted
    )
    linked = {row["item"]: row["petition"] for row in rows}
    found = await locked(connection, [*wanted, *linked])
    for item, petition in linked.items():
        if item in found and petition in found:
            found[petition].linked[item] = found.pop(item)
    return found


async def locked(connection: Connection, numbers: Sequence[str]) -> dict[str, Locked]:
    """What the vault holds on petitions and items; of one that it does not have there is none."""
    rows = await connection.fetch(
        "SELECT v.petition, v.wrapped_key, v.key_version, d.id, d.kind, d.ciphertext"
        " FROM intake.vault v JOIN intake.documents d USING (petition) WHERE v.petition = ANY($1::text[])",
        list(numbers),
    )
    found: dict[str, Locked] = {}
    for row in rows:
        one = found.setdefault(row["petition"], Locked(row["wrapped_key"], row["key_version"]))
        one.documents.setdefault(row["kind"], []).append(row["ciphertext"])
        one.ids.add(str(row["id"]))
    return found


def reopen(
    message: SealPetition, found: Mapping[str, Locked], district: District, masters: Masters, key_folder: Path
) -> Reopened | None:
    """What is to be sealed, sealed; None while the vault has nothing. InvalidTag when what it has does not open."""
    kept = found.get(message.petition)
    if kept is None or documents.PETITION not in kept.documents:
        return None
    data_key = documents.unwrap(kept.wrapped_key, masters.key(kept.key_version))
    (ciphertext,) = kept.documents[documents.PETITION]
    plaintext = documents.unlock(ciphertext, message.petition, data_key)
    reader = late_reader(message.ground, PetitionContent.model_validate_json(plaintext), district)
    key = keys.public_key(key_folder, f"{district.code}.{reader}")
    rest = opened(message.petition, kept, masters)
    for item, linked in kept.linked.items():
        rest += opened(item, linked, masters)
    return Reopened(reader, keys.seal(plaintext, key), tuple(sealed_parts(rest, key)))


def opened(number: str, kept: Locked, masters: Masters) -> list[Attachment]:
    """All that the vault holds on a petition or an item, but the petition itself, as files for a reader."""
    data_key = documents.unwrap(kept.wrapped_key, masters.key(kept.key_version))
    return [_file(kind, one, number, data_key) for kind, one in kept.beside()]


def _file(kind: str, ciphertext: bytes, number: str, data_key: bytes) -> Attachment:
    """A document beside the petition as a file for its reader; a text is one that is named by its kind."""
    plaintext = documents.unlock(ciphertext, number, data_key)
    if kind == documents.FILE:
        return attachments.unpack(plaintext)
    return Attachment(f"{kind}.json", "application/json", plaintext)
