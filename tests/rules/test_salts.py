"""A text's salt is of chance, and opens with its petition's data key alone."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from joserfc.jwk import OKPKey
from xinfang_contracts.items import ItemContent
from xinfang_contracts.reception import RecordReception
from xinfang_contracts.registry import BY_TYPE

from services.intake.beside.facts import Words
from services.intake.beside.words import open_words
from services.intake.returns import coming_back
from services.intake.returns.coming_back import Comer
from services.intake.returns.returning import Brought, Text
from services.intake.submission import INBOX
from services.intake.vault import documents
from services.intake.vault.documents import RECEIPT
from services.runtime import keys
from services.runtime.incoming import own_message
from tests.rules.given import CANARY, NOW, NUMBER, YANFENG


def brought(folder: Path) -> Text:
    """What the same message from the same reporter is opened into."""
    for secret in (RECEIPT, INBOX):
        keys.make_secret(folder, secret)
    made = coming_back.material(Comer(YANFENG, NUMBER, "key-1", NOW), None, CANARY, (), folder)
    assert isinstance(made.opened, Brought) and made.opened.text is not None
    return made.opened.text


def test_what_is_opened_again_is_the_same_document_and_its_digest_follows_from_nothing_that_is_kept(
    tmp_path: Path,
) -> None:
    one, other = brought(tmp_path), brought(tmp_path)
    assert one.id == other.id
    assert one.salt != other.salt and one.digest != other.digest
    assert one.digest == documents.digest_of(one.salt, CANARY.encode()).hex()


def said_at_a_reception(private: OKPKey) -> Words:
    """What the same message of the same office is opened into."""
    content = keys.seal(ItemContent(text=CANARY).model_dump_json().encode(), private)
    entry = BY_TYPE["intake.record_reception.v1"]
    message = RecordReception(item="430406-R-2023-000001", by="office_petition", content=content)
    incoming = own_message("intake", YANFENG.code, entry, message, "reception-1", NOW)
    opened = open_words(incoming, private)
    assert opened is not None
    return opened


def test_of_an_item_too(tmp_path: Path) -> None:
    keys.make_pair(tmp_path, keys.VAULT)
    private = keys.private_key(tmp_path, keys.VAULT)
    one, other = said_at_a_reception(private), said_at_a_reception(private)
    assert one.ref.document == other.ref.document
    assert one.salt != other.salt and one.ref.digest != other.ref.digest
    assert one.ref.digest == documents.digest_of(one.salt, one.plaintext).hex()


def test_a_stored_row_confirms_a_guess_to_nobody_without_the_data_key() -> None:
    salt, data_key = documents.new_salt(), bytes(32)
    row = documents.lock(CANARY.encode(), NUMBER, "remarks", data_key)
    kept = documents.lock_as(row.id, salt, CANARY.encode(), NUMBER, "remarks", data_key)
    assert salt not in kept.salt + kept.ciphertext
    assert documents.unlock(kept.salt, NUMBER, data_key) == salt
    assert kept.digest == documents.digest_of(salt, CANARY.encode())
    with pytest.raises(InvalidTag):
        documents.unlock(kept.salt, NUMBER, bytes(31) + b"1")
