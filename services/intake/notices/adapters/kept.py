"""A written notice out of the vault, opened in memory."""

from uuid import UUID

from services.runtime.inbox import Connection

from ...vault import documents
from ...vault.masters import Masters
from ..rules import DOCUMENT
from ..wording import Letter, Mail, Written


async def kept(connection: Connection, petition: str, document: UUID, masters: Masters) -> Mail | Letter | None:
    """What was written; None when the vault does not have it any more."""
    row = await connection.fetchrow(
        "SELECT ciphertext, wrapped_key, key_version FROM intake.documents JOIN intake.vault USING (petition)"
        " WHERE petition = $1 AND id = $2 AND kind = $3",
        petition,
        document,
        DOCUMENT,
    )
    if row is None:
        return None
    data_key = documents.unwrap(row["wrapped_key"], masters.key(row["key_version"]))
    return Written.validate_json(documents.unlock(row["ciphertext"], petition, data_key))
