"""A petition from the vault, opened in memory and sealed for its one reader; then what opened it here is destroyed."""

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
    """A petition's data key and its documents by kind, as they are stored."""

    wrapped_key: bytes
    key_version: int
    documents: dict[str, list[bytes]] = field(default_factory=dict)

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
        "SELECT v.petition, v.wrapped_key, v.key_version, d.kind, d.ciphertext"
        " FROM intake.vault v JOIN intake.documents d USING (petition) WHERE v.petition = ANY($1::text[])",
        wanted,
    )
    found: dict[str, Locked] = {}
    for row in rows:
        locked = found.setdefault(row["petition"], Locked(row["wrapped_key"], row["key_version"]))
        locked.documents.setdefault(row["kind"], []).append(row["ciphertext"])
    return found


def reopen(
    message: SealPetition, found: Mapping[str, Locked], district: District, masters: Masters, key_folder: Path
) -> Reopened | None:
    """What is to be sealed, sealed; None while the vault has nothing. InvalidTag when what it has does not open."""
    locked = found.get(message.petition)
    if locked is None or documents.PETITION not in locked.documents:
        return None
    data_key = documents.unwrap(locked.wrapped_key, masters.key(locked.key_version))
    (ciphertext,) = locked.documents[documents.PETITION]
    plaintext = documents.unlock(ciphertext, message.petition, data_key)
    reader = late_reader(message.ground, PetitionContent.model_validate_json(plaintext), district)
    key = keys.public_key(key_folder, f"{district.code}.{reader}")
    rest = [_file(kind, one, message.petition, data_key) for kind, one in locked.beside()]
    return Reopened(reader, keys.seal(plaintext, key), tuple(sealed_parts(rest, key)))


def _file(kind: str, ciphertext: bytes, petition: str, data_key: bytes) -> Attachment:
    """A document beside the petition as a file for its reader; a text is one that is named by its kind."""
    plaintext = documents.unlock(ciphertext, petition, data_key)
    if kind == documents.FILE:
        return attachments.unpack(plaintext)
    return Attachment(f"{kind}.json", "application/json", plaintext)
