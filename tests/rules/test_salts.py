"""A text's salt is of chance, and opens with its petition's data key alone."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from services.intake.returns import coming_back
from services.intake.returns.coming_back import Comer
from services.intake.returns.returning import Brought, Text
from services.intake.vault import documents
from services.intake.vault.documents import RECEIPT
from services.runtime import keys
from tests.rules.given import CANARY, NOW, NUMBER, YANFENG


def brought(folder: Path) -> Text:
    """What the same message from the same reporter is opened into."""
    keys.make_secret(folder, RECEIPT)
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


def test_a_stored_row_confirms_a_guess_to_nobody_without_the_data_key() -> None:
    salt, data_key = documents.new_salt(), bytes(32)
    row = documents.lock(CANARY.encode(), NUMBER, "remarks", data_key)
    kept = documents.lock_as(row.id, salt, CANARY.encode(), NUMBER, "remarks", data_key)
    assert salt not in kept.salt + kept.ciphertext
    assert documents.unlock(kept.salt, NUMBER, data_key) == salt
    assert kept.digest == documents.digest_of(salt, CANARY.encode())
    with pytest.raises(InvalidTag):
        documents.unlock(kept.salt, NUMBER, bytes(31) + b"1")
