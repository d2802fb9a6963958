"""An item's sealed content, opened in memory before anything is written."""

import hashlib
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from joserfc.jwk import OKPKey
from pydantic import ValidationError
from xinfang_contracts.items import ItemContent
from xinfang_contracts.message import DocumentRef
from xinfang_contracts.satisfaction import RateContact

from services.runtime import keys
from services.runtime.errors import Poison
from services.runtime.incoming import Incoming

from ..submission import keyed
from .facts import Words


def open_words(incoming: Incoming, private: OKPKey, key_folder: Path) -> Words | None:
    """What a message about an item brings sealed; None when it brings nothing. Poison when it does not open.

    Id and salt follow from the message's key: said again, it refers to the same document. The salt is keyed, or
    whoever knows the message id could confirm a guess at the words.
    """
    if isinstance(incoming.message, RateContact) and incoming.delivery is not None:
        raise Poison("ForDoorsOnly")
    content = getattr(incoming.message, "content", None)
    if content is None:
        return None
    plaintext = keys.unseal(content, private)
    try:
        opened = ItemContent.model_validate_json(plaintext)
    except ValidationError:
        raise Poison("ValidationError") from None
    kept = opened.model_dump_json(exclude_none=True).encode()
    name = incoming.key.hex() + incoming.body_hash.hex()
    salt = keyed(key_folder, "item", name)[:16]
    ref = DocumentRef(
        document=str(uuid5(NAMESPACE_OID, f"item/{name}")), digest=hashlib.sha256(salt + kept).hexdigest()
    )
    return Words(kept, salt, ref, opened.village, opened.text)
