"""The shipped schemas and the AsyncAPI document are what the code says today."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xinfang_contracts
from xinfang_contracts.__main__ import main
from xinfang_contracts.channels import address, notice_address
from xinfang_contracts.export import CONTENT_TYPE, OPEN_ENUMS, UNADDRESSED, export
from xinfang_contracts.registry import BY_TYPE, CLOCKS, REGISTRY, Entry, Kind

PACKAGE = Path(xinfang_contracts.__file__).parent
every_entry = pytest.mark.parametrize("entry", REGISTRY, ids=lambda entry: entry.type)


def files_of(root: Path) -> dict[str, bytes]:
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for folder in ("schemas", "asyncapi", "examples")
        for file in (root / folder).rglob("*")
        if file.is_file()
    }


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    export(folder)
    return folder


@pytest.fixture(scope="module")
def asyncapi(exported: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((exported / "asyncapi" / "xinfang.asyncapi.json").read_text("utf-8"))
    return document


def schema(root: Path, type_: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((root / "schemas" / f"{type_}.schema.json").read_text("utf-8"))
    return loaded


def test_the_shipped_files_are_fresh(exported: Path) -> None:
    assert files_of(PACKAGE) == files_of(exported), "run: python -m xinfang_contracts export PACKAGE_FOLDER"


def test_export_names_every_file_it_writes(tmp_path: Path) -> None:
    written = export(tmp_path / "new" / "folder")
    assert {file.relative_to(tmp_path / "new" / "folder").as_posix() for file in written} == files_of(
        tmp_path / "new" / "folder"
    ).keys()


def test_every_type_and_the_content_has_a_schema(exported: Path) -> None:
    names = {file.name.removesuffix(".schema.json") for file in (exported / "schemas").iterdir()}
    assert names == {*BY_TYPE, CONTENT_TYPE, *UNADDRESSED}


def test_files_are_sorted_and_end_with_a_line_feed(exported: Path) -> None:
    for name, content in files_of(exported).items():
        assert content.endswith(b"}\n"), name
        assert b"\r" not in content, name
        if not name.startswith("examples/"):
            text = json.dumps(json.loads(content), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
            assert content.decode() == text, name


@every_entry
def test_a_schema_says_who_it_is_and_whom_it_concerns(entry: Entry, exported: Path) -> None:
    loaded = schema(exported, entry.type)
    assert loaded["$id"] == f"urn:xinfang:schema:{entry.type}"
    assert loaded["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert loaded["title"] == entry.model.__name__
    assert (loaded["x-xinfang-kind"], loaded["x-xinfang-owner"]) == (entry.kind, entry.owner)
    assert loaded.get("x-xinfang-actors", []) == sorted(entry.actors)
    assert loaded.get("x-xinfang-told", []) == sorted(entry.told)


def test_a_union_demands_its_tag(exported: Path) -> None:
    shapes = schema(exported, "intake.screen_petition.v1")["$defs"]
    assert all("kind" in shapes[name]["required"] for name in ("Acceptance", "Referral", "Refusal", "Filing"))


def test_open_enumerations_close_nothing(exported: Path) -> None:
    refused = "RefusalReason", "ReadRefusal", "NoticeFailure"
    types = ("intake.command_refused.v1", refused[0]), ("review.command_refused.v1", refused[0])
    for type_, name in (*types, ("intake.read_refused.v1", refused[1]), ("intake.notice_failed.v1", refused[2])):
        shape = schema(exported, type_)["$defs"][name]
        assert "enum" not in shape
        assert "other" in shape["x-open-enum"]
    assert set(refused) == set(OPEN_ENUMS)


@every_entry
def test_each_message_has_its_channel_and_one_direction(entry: Entry, asyncapi: dict[str, Any]) -> None:
    shared = [one.type for one in REGISTRY if address(one) == address(entry)]
    channel = asyncapi["channels"][shared[0]]
    assert channel["address"] == address(entry)
    assert sorted(channel["messages"]) == sorted(shared)
    assert len(shared) == 1 or entry.kind is Kind.SEALED
    action = "receive" if entry.kind in (Kind.COMMAND, Kind.CLOCK, Kind.READ) else "send"
    assert asyncapi["operations"][f"{action}.{entry.type}"]["action"] == action


@every_entry
def test_each_told_fact_has_its_notice_channel(entry: Entry, asyncapi: dict[str, Any]) -> None:
    channel = asyncapi["channels"].get(f"notice.{entry.name}.v{entry.major}")
    assert (channel is not None) == bool(entry.told)
    if channel is not None:
        assert channel["address"] == notice_address(entry)
        assert entry.type in channel["messages"]
        assert set(entry.told) <= set(channel["x-xinfang-actors"])


def test_no_two_channels_share_an_address(asyncapi: dict[str, Any]) -> None:
    addresses = [channel["address"] for channel in asyncapi["channels"].values()]
    assert len(addresses) == len(set(addresses))


def test_each_parameter_of_an_address_is_described(asyncapi: dict[str, Any]) -> None:
    for name, channel in asyncapi["channels"].items():
        named = {part[1:-1] for part in channel["address"].split(".") if part.startswith("{")}
        assert named == set(channel["parameters"]), name
        assert named <= set(asyncapi["components"]["parameters"]), name


def test_every_reference_of_the_document_leads_somewhere(asyncapi: dict[str, Any], exported: Path) -> None:
    for ref in references(asyncapi):
        if ref.startswith("#/"):
            node: Any = asyncapi
            for part in ref.removeprefix("#/").split("/"):
                node = node[part]
        else:
            assert (exported / "asyncapi" / ref).resolve().is_file(), ref


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for name, value in node.items() if name == "$ref")
        for value in node.values():
            yield from references(value)
    if isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_document_is_of_this_version_and_shows_the_golden_examples(asyncapi: dict[str, Any]) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    assert asyncapi["info"]["version"] == xinfang_contracts.__version__
    assert asyncapi["components"]["parameters"]["tick"]["enum"] == list(CLOCKS)
    for type_, message in asyncapi["components"]["messages"].items():
        example = json.loads((PACKAGE / "examples" / f"{type_}.json").read_text("utf-8"))
        assert message["examples"][0]["headers"] == example["headers"]
        assert message["examples"][0]["payload"] == example["data"]


def test_export_from_the_command_line_lists_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["version"] == xinfang_contracts.__version__
    assert {Path(name).relative_to(tmp_path).as_posix() for name in said["files"]} == files_of(tmp_path).keys()


def test_export_to_what_is_no_folder_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert main(["export", str(tmp_path / "file")]) == 2
