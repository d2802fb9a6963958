"""An item's sealed content, opened in memory before anything is written."""

from uuid import NAMESPACE_OID, uuid5

from joserfc.jwk import OKPKey
from pydantic import ValidationError
from xinfang_contracts.items import ItemContent
from xinfang_contracts.message import DocumentRef
from xinfang_contracts.satisfaction import RateContact

from services.runtime import keys
from services.runtime.errors import Poison
from services.runtime.incoming import Incoming

from ..vault import documents
from .facts import Words


def open_words(incoming: Incoming, private: OKPKey) -> Words | None:
    """What a message about an item brings sealed; None when it brings nothing. Poison when it does not open.

    Its id follows from the message's key, its salt from nothing: derived from what is kept it would outlive an
    erasure.
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
    salt = documents.new_salt()
    ref = DocumentRef(document=str(uuid5(NAMESPACE_OID, f"item/{name}")), digest=documents.digest_of(salt, kept).hex())
    return Words(kept, salt, ref, opened.village, opened.text)
