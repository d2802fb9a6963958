"""The keys of a deployment, made from the command line."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli import app
from services.intake.app import make
from services.keyfiles import readers
from services.runtime import keys
from tests.rules.given import YANFENG

DISTRICT, READER = "430406", "superior_430400"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The services' key folder, as ``keys init`` makes it."""
    assert xinfang("init", "--keys", str(tmp_path / "keys")).exit_code == 0
    return tmp_path / "keys"


def xinfang(*arguments: str) -> Result:
    """``xinfang keys ...``; nobody's umask may make a file readable to others."""
    before = os.umask(0)
    try:
        return CliRunner().invoke(app, ["keys", *arguments])
    finally:
        os.umask(before)


def reader(folder: Path, private: Path, actor: str = READER, district: str = DISTRICT) -> Result:
    return xinfang("reader", district, actor, "--keys", str(folder), "--private", str(private))


def contents(*folders: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for one in folders for path in one.iterdir() if path.is_file()}


def test_with_init_and_readers_intake_has_all_that_it_needs(folder: Path, tmp_path: Path) -> None:
    for actor in readers(YANFENG):
        assert reader(folder, tmp_path / f"{actor}.json", actor).exit_code == 0
    assert make({DISTRICT: YANFENG}, folder).name == "intake"
    secret = [path for path in folder.iterdir() if not path.name.endswith(".public.json")]
    assert {path.stat().st_mode & 0o777 for path in [*secret, *tmp_path.glob("*.json")]} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.glob("*.private.json")] == ["vault.private.json"]


def test_a_second_init_changes_nothing(folder: Path) -> None:
    before = contents(folder)
    again = xinfang("init", "--keys", str(folder))
    assert (again.exit_code, again.output, contents(folder)) == (0, "", before)


def test_what_is_sealed_for_a_reader_opens_with_the_private_half(folder: Path, tmp_path: Path) -> None:
    private = tmp_path / "superior.json"
    made = reader(folder, private)
    assert (made.exit_code, made.output.strip()) == (0, str(folder / f"{DISTRICT}.{READER}.public.json"))
    sealed = keys.seal(b"x", keys.public_key(folder, f"{DISTRICT}.{READER}"))
    private.rename(tmp_path / "superior.private.json")
    assert keys.unseal(sealed, keys.private_key(tmp_path, "superior")) == b"x"


@pytest.mark.parametrize(
    ("district", "actor", "private"),
    [
        (DISTRICT, READER, "there.json"),
        (DISTRICT, "leader_principal", "new.json"),
        (DISTRICT, "partner_yidiantong", "new.json"),
        (DISTRICT, "superior_1", "new.json"),
        ("990001", READER, "new.json"),
        (DISTRICT, READER, "keys/new.json"),
        (DISTRICT, READER, "nowhere/new.json"),
    ],
)
def test_a_reader_that_cannot_be_is_refused_and_nothing_is_written(
    folder: Path, tmp_path: Path, district: str, actor: str, private: str
) -> None:
    (tmp_path / "there.json").write_text("kept")
    (folder / f"{DISTRICT}.leader_principal.public.json").write_text("kept")
    before = contents(folder, tmp_path)
    refused = reader(folder, tmp_path / private, actor, district)
    assert refused.exit_code == 2 and " / " in refused.output
    assert contents(folder, tmp_path) == before


def test_without_a_key_folder_no_half_of_a_pair_is_written(tmp_path: Path) -> None:
    refused = reader(tmp_path / "nowhere", tmp_path / "superior.json")
    assert (refused.exit_code, "keys init" in refused.output, contents(tmp_path)) == (2, True, {})


def test_a_channels_secret_opens_its_door_and_is_shown_only_when_asked_for(folder: Path) -> None:
    hotline = xinfang("channel", DISTRICT, "phone_12388", "--keys", str(folder))
    path = folder / f"{DISTRICT}.phone_12388.hotline.secret.json"
    secret = json.loads(path.read_text())["secret"]
    assert (hotline.exit_code, hotline.output.strip()) == (0, str(path))
    assert len(secret) == 64 and path.stat().st_mode & 0o777 == 0o600
    shown = xinfang("channel", DISTRICT, "wechat", "--keys", str(folder), "--app-id", "wx0123456789", "--show")
    content = json.loads(shown.output)
    assert content == json.loads((folder / f"{DISTRICT}.wechat.wechat.secret.json").read_text())
    assert (content["app_id"], len(content["encoding_aes_key"])) == ("wx0123456789", 43)


@pytest.mark.parametrize(
    "arguments",
    [
        ("phone_12388",),
        ("letter",),
        ("nowhere",),
        ("wechat",),
        ("wechat", "--app-id", "a b"),
        ("wechat", "--app-id", "wx1", "--form-url", "http://form.example"),
    ],
)
def test_a_channel_that_cannot_be_opened_is_refused_and_nothing_is_written(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    (folder / f"{DISTRICT}.phone_12388.hotline.secret.json").write_text("kept")
    before = contents(folder)
    refused = xinfang("channel", DISTRICT, *arguments, "--keys", str(folder))
    assert refused.exit_code == 2 and " / " in refused.output
    assert contents(folder) == before
