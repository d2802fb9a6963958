"""Writes what others read without Python: JSON Schemas, the AsyncAPI document and the golden examples."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from . import channels
from .intake import PetitionContent, RefusalReason
from .items import ItemContent
from .message import Message
from .notices import NoticeFailure
from .registry import REGISTRY, Entry
from .vault import DocumentContent, DocumentRead, ItemDocumentRead, ReadRefusal, ReadRefused

CONTENT_TYPE = "intake.petition_content.v1"
"""Not a message: the plaintext of ``SubmitPetition.content``, which publishers must get right as well."""

PACKAGE = Path(__file__).parent
UNADDRESSED: dict[str, tuple[str, type[Message]]] = {
    "intake.document_content.v1": ("content", DocumentContent),
    "intake.document_read.v1": ("answer", DocumentRead),
    "intake.item_content.v1": ("content", ItemContent),
    "intake.item_document_read.v1": ("answer", ItemDocumentRead),
    "intake.read_refused.v1": ("answer", ReadRefused),
}
"""Shapes that no subject has: what else publishers encrypt, and what a question is answered with."""

OPEN_ENUMS = (RefusalReason.__name__, ReadRefusal.__name__, NoticeFailure.__name__)
"""Enumerations that may grow inside a major version, because their readers must take an unknown member."""


class _ShippedSchema(GenerateJsonSchema):
    """Pydantic's schema without a title for every field, and a union's tag demanded as it does."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        union = super().tagged_union_schema(schema)
        # OpenAPI's keyword: JSON Schema does not know it, AsyncAPI reads it otherwise. The tag says it all.
        tag = union.pop("discriminator")["propertyName"]
        for branch in union["oneOf"]:
            shape = self.resolve_ref_schema(branch)
            shape["required"] = [tag, *(name for name in shape.get("required", []) if name != tag)]
        return union


def schema_of(entry: Entry) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a registered message; ``x-xinfang-*`` say who writes and who reads."""
    about: dict[str, Any] = {"x-xinfang-kind": str(entry.kind), "x-xinfang-owner": entry.owner}
    if entry.actors:
        about["x-xinfang-actors"] = sorted(entry.actors)
    if entry.told:
        about["x-xinfang-told"] = sorted(entry.told)
    return _schema(entry.type, entry.model) | about


def content_schema() -> dict[str, Any]:
    """The JSON Schema of what a publisher encrypts."""
    return _schema(CONTENT_TYPE, PetitionContent) | {"x-xinfang-kind": "content", "x-xinfang-owner": "intake"}


def _schema(type_: str, model: type[Message]) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=_ShippedSchema)
    for name in OPEN_ENUMS:
        if name in schema.get("$defs", {}):
            shape = schema["$defs"][name]
            shape["x-open-enum"] = shape.pop("enum")
    return schema | {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:xinfang:schema:{type_}",
        "title": model.__name__,
    }


def schemas() -> dict[str, dict[str, Any]]:
    """All schemas by type, the content's among them."""
    found = {entry.type: schema_of(entry) for entry in REGISTRY} | {CONTENT_TYPE: content_schema()}
    for type_, (kind, model) in UNADDRESSED.items():
        found[type_] = _schema(type_, model) | {"x-xinfang-kind": kind, "x-xinfang-owner": "intake"}
    return found


def examples() -> dict[str, str]:
    """The shipped examples: text by path relative to the package's ``examples`` folder."""
    folder = PACKAGE / "examples"
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.json"))
    }


def export(folder: Path) -> list[Path]:
    """Write ``schemas/``, ``asyncapi/`` and ``examples/`` under ``folder``.

    Returns the files in the order written; the same package writes the same bytes. Raises OSError when the
    folder cannot be written.
    """
    written = examples()
    golden = {name.removesuffix(".json"): json.loads(text) for name, text in written.items() if "/" not in name}
    files = {f"schemas/{type_}.schema.json": _text(schema) for type_, schema in sorted(schemas().items())}
    files["asyncapi/xinfang.asyncapi.json"] = _text(channels.document(golden))
    files |= {f"examples/{name}": text for name, text in written.items()}
    return [_write(folder / name, text) for name, text in files.items()]


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")
    return file
