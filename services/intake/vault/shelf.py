"""The vault's side of a round beside new petitions: deposited documents, contents to compare with, erasures."""

from collections.abc import Iterable, Sequence
from functools import partial
from uuid import UUID, uuid5

from joserfc.jwk import OKPKey
from pydantic import ValidationError
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.message import DocumentRef
from xinfang_contracts.vault import DepositDocument, DocumentContent

from services.runtime import keys
from services.runtime.errors import Poison
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming

from ..returns.returning import Added
from . import documents
from .custody import OUTGOING, Erase, Facts, OpenedDocument, Shelve
from .masters import Masters

_NAMES = UUID("5d9b8f2e-6a0c-4c57-9d0a-3f1f6b1f7a10")


def open_document(incoming: Incoming, private: OKPKey) -> OpenedDocument:
    """A deposit opened in memory. Poison when it does not open or is no DocumentContent.

    Its id is derived from the message's key, its salt from nothing.
    """
    if not isinstance(incoming.message, DepositDocument):
        raise TypeError("not a deposit")
    plaintext = keys.unseal(incoming.message.content, private)
    try:
        content = DocumentContent.model_validate_json(plaintext)
    except ValidationError:
        raise Poison("ValidationError") from None
    salt = documents.new_salt()
    document = uuid5(_NAMES, incoming.key.hex() + incoming.body_hash.hex())
    kept = content.model_dump_json().encode()
    ref = DocumentRef(document=str(document), digest=documents.digest_of(salt, kept).hex())
    return OpenedDocument(content.text, kept, salt, ref)


class Shelf:
    """What one round takes from the vault and puts into it, besides new petitions."""

    def __init__(self, masters: Masters, contents: dict[str, PetitionContent]) -> None:
        self._masters = masters
        self._contents = contents
        self._documents: list[Shelve] = []
        self._added: list[Added] = []
        self._erased: list[str] = []

    @classmethod
    async def open(cls, connection: Connection, messages: Iterable[Incoming], masters: Masters) -> "Shelf":
        """With the contents that the redaction gate will compare, decrypted in memory, for outgoing texts only."""
        asked = {
            one.message.petition
            for one in messages
            if isinstance(one.message, DepositDocument) and one.message.kind in OUTGOING
        }
        return cls(masters, await contents(connection, sorted(asked), masters) if asked else {})

    def facts(self, incoming: Incoming, district: District, actor: str) -> Facts:
        """For custody's rules."""
        if not isinstance(incoming.message, DepositDocument):
            return Facts(district, actor)
        return Facts(district, actor, incoming.opened, self._contents.get(incoming.message.petition))

    def decided(self, keep: Iterable[object]) -> None:
        """Remember what is to be put in and what is to be destroyed."""
        for one in keep:
            match one:
                case Shelve():
                    self._documents.append(one)
                case Added():
                    self._added.append(one)
                case Erase(petition=petition):
                    self._erased.append(petition)

    async def save(self, connection: Connection) -> None:
        """Write documents; new petitions of this round must be in."""
        if self._documents or self._added:
            await self._put(connection)

    def added_to(self, petition: str) -> bool:
        """Whether a text is to be put in with a petition: what was read of it before lacks that text."""
        return petition in {one.petition for one in self._documents} | {one.petition for one in self._added}

    async def destroy(self, connection: Connection) -> None:
        """Destroy what is erased; all that the round writes must be in, or some of it would outlive its petition."""
        if self._erased:
            await destroy(connection, self._erased)

    async def _put(self, connection: Connection) -> None:
        texts = [
            *(
                (one.petition, one.kind, one.document.ref, one.document.salt, one.document.plaintext)
                for one in self._documents
            ),
            *((one.petition, one.text.kind, one.text.ref, one.text.salt, one.text.content) for one in self._added),
        ]
        data_keys_ = await data_keys(connection, sorted({petition for petition, *_ in texts}), self._masters)
        locked = []
        for petition, kind, ref, salt, plaintext in texts:
            lock = partial(documents.lock_as, UUID(ref.document), salt, plaintext, petition, kind, data_keys_[petition])
            locked.append(await documents.beside_the_loop(len(plaintext), lock))
        await documents.insert(connection, locked)


async def destroy(connection: Connection, petitions: Sequence[str]) -> None:
    """Delete data keys and documents: without its key, a copy left anywhere opens for nobody.

    Of petitions and of items; with a petition goes what was written of the items that went on as it.
    """
    rows = await connection.fetch("SELECT item FROM intake.handed_over WHERE petition = ANY($1::text[])", petitions)
    numbers = [*petitions, *(row["item"] for row in rows)]
    await connection.execute("DELETE FROM intake.documents WHERE petition = ANY($1::text[])", numbers)
    await connection.execute("DELETE FROM intake.vault WHERE petition = ANY($1::text[])", numbers)
    await connection.execute("DELETE FROM intake.item_places WHERE item = ANY($1::text[])", numbers)
    for beside in ("signatures", "contacts", "mails", "confirmed"):
        await connection.execute(f"DELETE FROM intake.{beside} WHERE petition = ANY($1::text[])", petitions)


async def data_keys(connection: Connection, petitions: Sequence[str], masters: Masters) -> dict[str, bytes]:
    """The data keys of petitions and items, opened; of one that the vault does not have there is none."""
    rows = await connection.fetch(
        "SELECT petition, wrapped_key, key_version FROM intake.vault WHERE petition = ANY($1::text[])", petitions
    )
    return {row["petition"]: documents.unwrap(row["wrapped_key"], masters.key(row["key_version"])) for row in rows}


async def contents(connection: Connection, petitions: Sequence[str], masters: Masters) -> dict[str, PetitionContent]:
    """What petitions say, decrypted in memory; one whose key is destroyed is left out."""
    rows = await connection.fetch(
        "SELECT petition, ciphertext, wrapped_key, key_version"
        " FROM intake.documents JOIN intake.vault USING (petition)"
        " WHERE petition = ANY($1::text[]) AND kind = 'petition'",
        petitions,
    )
    found = {}
    for row in rows:
        data_key = documents.unwrap(row["wrapped_key"], masters.key(row["key_version"]))
        plaintext = documents.unlock(row["ciphertext"], row["petition"], data_key)
        found[row["petition"]] = PetitionContent.model_validate_json(plaintext)
    return found
