"""Files on their way through intake's rules: to the vault with their petition, or sealed beside it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from xinfang_contracts.intake import (
    Accused,
    PetitionContent,
    PetitionSealed,
    SealedFile,
    SealedPetition,
    SubmitPetition,
)
from xinfang_contracts.message import Rank

from services.intake.decide import Attachment, Facts, Opened, submit
from services.intake.files.attachments import unpack
from services.intake.sealed.sealing import SealedPart
from services.intake.submission import INBOX, PART_BYTES, Submission, door_id, incoming_of, open_content
from services.intake.vault.documents import RECEIPT
from services.runtime import keys
from tests.rules.given import JWE, NOW, NUMBER, YANFENG, content, facts, kept, sealed

PHOTO = Attachment("照片.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(10))
OTHER = Attachment("照片.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(11))
LONG = Attachment("录音.wav", "audio/wav", bytes(range(256)) * 900)
HIGHER = content(Accused(name="某戊己", organisation="衡阳市某局", rank=Rank.COUNTY))
SUBMIT = SubmitPetition(channel="web", content=JWE)


@pytest.fixture(scope="module")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A receipt secret and the principal's key pair."""
    folder = tmp_path_factory.mktemp("keys")
    for secret in (RECEIPT, INBOX):
        keys.make_secret(folder, secret)
    keys.make_pair(folder, "430406.leader_principal")
    return folder


def test_files_go_into_the_vault_with_their_petition() -> None:
    said = submit(None, SUBMIT, Facts(YANFENG, "door_http", NUMBER, Opened(content(), files=(PHOTO,))), now=NOW)
    assert [one.files for one in kept(said)] == [(PHOTO,)]


def test_of_a_sealed_petition_each_part_of_each_file_is_said_and_nothing_is_kept() -> None:
    opened = Opened(HIGHER, "leader_principal", JWE, sealed_files=(SealedPart(0, 0, 2, JWE), SealedPart(0, 1, 2, JWE)))
    said = submit(None, SUBMIT, Facts(YANFENG, "door_http", NUMBER, opened), now=NOW)
    assert [type(one) for one in facts(said)] == [PetitionSealed]
    assert not kept(said)
    assert {one.reader for one in sealed(said)} == {"leader_principal"}
    petition, *files = (one.message for one in sealed(said))
    assert isinstance(petition, SealedPetition)
    assert [(one.file, one.part, one.of) for one in files if isinstance(one, SealedFile)] == [(0, 0, 2), (0, 1, 2)]


def test_files_that_must_be_sealed_are_left_in_no_readable_form_and_open_to_the_same_bytes(key_folder: Path) -> None:
    opened = open_content(HIGHER, YANFENG, key_folder, (PHOTO, LONG))
    assert opened.files == ()
    private = keys.private_key(key_folder, "430406.leader_principal")
    parts = [keys.unseal(one.content, private) for one in opened.sealed_files]
    heads = [json.loads(part.split(b"\n", 1)[0]) for part in parts]
    assert [(head["file"], head["part"], head["of"]) for head in heads] == [(0, 0, 1), (1, 0, 3), (1, 1, 3), (1, 2, 3)]
    assert {head["files"] for head in heads} == {2}
    assert unpack(parts[0]) == PHOTO
    assert b"".join(unpack(part).content for part in parts[1:]) == LONG.content


def test_the_largest_part_under_the_longest_name_fits_its_contract(key_folder: Path) -> None:
    longest = Attachment("\U00020bb7" * 120, "audio/wav", bytes(PART_BYTES))
    (part,) = open_content(HIGHER, YANFENG, key_folder, (longest,)).sealed_files
    SealedFile(petition=NUMBER, district=YANFENG.code, file=0, part=0, of=1, content=part.content)


def body_hash(key_folder: Path, *files: Attachment, text: str = "反映") -> bytes:
    id_ = door_id("http", YANFENG, "door_http", "key-0001", key_folder)
    submission = Submission("door_http", id_, "web", PetitionContent(text=text), files=files)
    return incoming_of(submission, YANFENG, key_folder, datetime(2023, 3, 1, tzinfo=UTC)).body_hash


def test_the_same_petition_with_another_file_is_another_body(key_folder: Path) -> None:
    renamed = Attachment("另一名.jpg", PHOTO.media_type, PHOTO.content)
    bodies = [(), (PHOTO,), (OTHER,), (renamed,), (PHOTO, PHOTO), (PHOTO, OTHER), (OTHER, PHOTO)]
    assert len({body_hash(key_folder, *files) for files in bodies}) == len(bodies)
    assert body_hash(key_folder, PHOTO, OTHER) == body_hash(key_folder, PHOTO, OTHER)
