"""The gate: every breaking edit is refused by the right rule, every allowed one passes."""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xinfang_contracts
from xinfang_contracts.__main__ import main
from xinfang_contracts.breaks import RULES
from xinfang_contracts.compat import Break, SchemaError, compare, compare_message
from xinfang_contracts.shapes import ANNOTATIONS, pointed

from tests.wire.edits import (
    ALLOWED,
    BROKEN,
    REGISTERED,
    SHIPPED,
    SUBMIT,
    TRAITS,
    Edit,
    Json,
    at,
    edited,
    gone,
)

PACKAGE = Path(xinfang_contracts.__file__).parent
COMMANDS = sorted(t for t, one in SHIPPED.items() if one["x-xinfang-kind"] in ("command", "content", "read"))
SAID = sorted(SHIPPED.keys() - set(COMMANDS))


@pytest.mark.parametrize(("type_", "edit", "rule", "path"), [one[1:] for one in BROKEN], ids=[one[0] for one in BROKEN])
def test_a_breaking_edit_is_refused(type_: str, edit: Edit, rule: str, path: str) -> None:
    found = compare_message(type_, SHIPPED[type_], edited(type_, edit))
    assert (rule, path) in {(one.rule, one.path) for one in found}
    assert {one.type for one in found} == {type_}


def test_every_rule_has_an_edit_that_it_refuses() -> None:
    made_up_below = {"message.removed", "const.changed", "branch.added", "field.unknown"}
    assert {one[3] for one in BROKEN} | made_up_below == RULES.keys()


@pytest.mark.parametrize(("type_", "edit"), [one[1:] for one in ALLOWED], ids=[one[0] for one in ALLOWED])
def test_an_allowed_edit_passes(type_: str, edit: Edit) -> None:
    after = edited(type_, edit)
    assert after != SHIPPED[type_]
    assert compare_message(type_, SHIPPED[type_], after) == []


def keywords(node: Any, pointer: str = "", *, named: bool = False) -> Iterator[tuple[str, str]]:
    """Every keyword that decides what is valid, with its node's pointer; ``named`` nodes hold names."""
    if isinstance(node, list):
        for i, one in enumerate(node):
            yield from keywords(one, f"{pointer}/{i}")
    if isinstance(node, dict):
        for name, value in node.items():
            decides = not name.startswith("x-xinfang-") and name not in ANNOTATIONS and value != {}
            if decides and not named:
                yield pointer, name
            yield from keywords(value, f"{pointer}/{name}", named=not named and name in ("properties", "$defs"))


@pytest.mark.parametrize("type_", SAID)
def test_nothing_that_a_reader_relies_on_may_vanish(type_: str) -> None:
    for pointer, name in keywords(SHIPPED[type_]):
        after = edited(type_, at(pointer.strip("/"), **{name: None}))
        assert compare_message(type_, SHIPPED[type_], after), f"{pointer}/{name}"


@pytest.mark.parametrize("type_", SHIPPED)
def test_no_field_of_any_message_may_vanish(type_: str) -> None:
    for pointer, name in keywords(SHIPPED[type_]):
        if name == "properties":
            for field in pointed(f"#{pointer}", SHIPPED[type_])["properties"]:
                found = compare_message(type_, SHIPPED[type_], edited(type_, gone(pointer.strip("/"), field)))
                assert found, f"{pointer}/{field}"


@pytest.mark.parametrize("type_", SHIPPED)
def test_a_message_is_compatible_with_itself(type_: str) -> None:
    assert compare_message(type_, SHIPPED[type_], at_rest(SHIPPED[type_])) == []


def at_rest(schema: Json) -> Json:
    """The same schema in other words, so that the comparison cannot stop at equal texts."""
    return copy.deepcopy(schema) | {"description": "说明"}


def fact(**shape: Any) -> Json:
    return {"type": "object", "x-xinfang-kind": "event", **shape}


def rules_between(old: Json, new: Json) -> list[tuple[str, str]]:
    return [(one.path, one.rule) for one in compare_message("made.up.v1", old, new)]


def tree(value: Json) -> Json:
    node = {
        "type": "object",
        "properties": {"value": value, "parts": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
    }
    return fact(properties={"root": {"$ref": "#/$defs/Tree"}}, **{"$defs": {"Tree": node}})


def test_a_shape_that_holds_itself_is_compared_once() -> None:
    assert rules_between(tree({"type": "string"}), tree({"type": "string", "title": "V"})) == []
    assert rules_between(tree({"type": "string"}), tree({"type": "integer"})) == [("root.value", "type.changed")]


def test_a_reference_to_itself_is_not_judged() -> None:
    loop = fact(properties={"a": {"$ref": "#/$defs/A"}}, **{"$defs": {"A": {"$ref": "#/$defs/A"}}})
    assert rules_between(loop, loop | {"title": "x"}) == [("", "schema.unjudged")]


def test_a_changed_constant_is_refused() -> None:
    old, new = (fact(properties={"v": {"const": value, "type": "integer"}}) for value in (1, 2))
    assert rules_between(old, new) == [("v", "const.changed")]


def test_a_union_of_a_fact_gains_no_branch() -> None:
    text, number = {"type": "string"}, {"type": "integer"}
    one, two = (fact(properties={"v": {"anyOf": shapes}}) for shapes in ([text], [text, number]))
    assert rules_between(one, two) == [("v", "branch.added")]
    assert rules_between(two, one) == [("v", "branch.removed")]
    assert rules_between(two, fact(properties={"v": {"anyOf": [number, text]}})) == []


def test_a_union_without_a_tag_keeps_each_branch_as_wide() -> None:
    old = fact(properties={"v": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "integer"}]}})
    new = fact(properties={"v": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "integer"}]}})
    assert ("v", "branch.removed") in rules_between(old, new)


def test_a_closed_shape_of_a_fact_gains_no_field() -> None:
    closed = fact(properties={}, additionalProperties=False)
    assert rules_between(closed, closed | {"properties": {"a": {}}}) == [("a", "field.unknown")]


def test_a_schema_that_does_not_say_who_writes_it_is_held_to_the_strict_rule() -> None:
    old = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 5}}}
    new = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 6}}}
    assert rules_between(old, new) == [("a", "limit.widened")]


@pytest.fixture
def exports(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        shutil.copytree(PACKAGE / "schemas", folder / "schemas")
    return old, new


def test_an_exports_root_or_its_schemas_folder_may_be_given(exports: tuple[Path, Path]) -> None:
    old, new = exports
    assert compare(old, new) == compare(old / "schemas", new) == compare(old, new / "schemas") == []


def test_a_removed_message_is_refused_and_a_new_one_is_not(exports: tuple[Path, Path]) -> None:
    old, new = exports
    (new / "schemas" / f"{SUBMIT}.schema.json").rename(new / "schemas" / "intake.submit_petition.v2.schema.json")
    assert compare(old, new) == [
        Break(SUBMIT, "", "message.removed", "消息被删除", "the message was removed"),
    ]


@pytest.mark.parametrize("content", ["", "{", "[]", "\ufeffnull"])
def test_a_file_that_is_no_schema_is_a_usage_error(exports: tuple[Path, Path], content: str) -> None:
    old, new = exports
    (new / "schemas" / f"{SUBMIT}.schema.json").write_text(content, encoding="utf-8")
    with pytest.raises(SchemaError, match=SUBMIT):
        compare(old, new)


def test_the_command_line_says_what_broke_and_exits_with_1(
    exports: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = exports
    file = new / "schemas" / f"{REGISTERED}.schema.json"
    file.write_text(json.dumps(edited(REGISTERED, gone(TRAITS, "town"))), encoding="utf-8")
    assert main(["check", str(old), str(new)]) == 1
    said = capsys.readouterr().out
    assert REGISTERED in said
    assert "traits.town [field.removed] 字段被删除 / the field was removed" in said
    assert main(["check", str(old), str(new), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "ok": False,
        "breaks": [
            {
                "type": REGISTERED,
                "path": "traits.town",
                "rule": "field.removed",
                "zh": "字段被删除",
                "en": "the field was removed",
            }
        ],
    }


def test_the_command_line_exits_with_0_when_nothing_broke(
    exports: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *map(str, exports), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "breaks": []}
    assert main(["check", *map(str, exports)]) == 0
    assert capsys.readouterr().out == "兼容 / compatible\n"


@pytest.mark.parametrize("side", [0, 1])
def test_a_folder_without_schemas_is_a_usage_error(
    exports: tuple[Path, Path], side: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [str(folder) for folder in exports]
    folders[side] = str(tmp_path / "nothing")
    assert main(["check", *folders]) == 2
    assert "nothing" in capsys.readouterr().err


def test_a_command_that_does_not_exist_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["compare"])
    assert "usage" in capsys.readouterr().err
