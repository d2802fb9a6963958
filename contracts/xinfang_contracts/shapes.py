"""Reads a JSON Schema node as a shape: local references followed, null set apart, alternatives listed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Node = Mapping[str, Any]

ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
    | {"$schema", "$id", "$defs", "$comment", "discriminator"}
)
"""Keywords that decide nothing about which data is valid; ``default`` is compared where a field has one."""

NO_DEFAULT = object()


class SchemaError(ValueError):
    """A schema that cannot be judged; the text says which keyword or reference, and where."""


@dataclass(frozen=True)
class Shape:
    """One node, resolved.

    keywords: what it demands, without references, null and alternatives; nullable: null is valid too;
    branches: the alternatives if there are several, as they stand; tags: the fields that tell the branches
    apart; default: the field's default or NO_DEFAULT.
    """

    keywords: dict[str, Any]
    nullable: bool = False
    branches: tuple[Node, ...] = ()
    tags: tuple[str, ...] = ()
    default: Any = field(default=NO_DEFAULT)


def shape_of(node: Node | bool, root: Node, refs: tuple[str, ...] = ()) -> Shape:
    """Read a node of the schema ``root``, reached through ``refs``; SchemaError for what cannot be judged."""
    if node is False:
        raise SchemaError("a schema of false")
    keywords, refs = _follow({} if node is True else dict(node), root, refs)
    default = keywords.get("default", NO_DEFAULT)
    options, nullable = _alternatives(keywords)
    demands = {name: value for name, value in keywords.items() if name not in ANNOTATIONS}
    if len(options) == 1:
        inner = shape_of(options[0], root, refs)
        joined = _joined(inner.keywords, demands)
        return Shape(joined, nullable or inner.nullable, inner.branches, inner.tags, default)
    return Shape(demands, nullable, tuple(options), _tags(options, root), default)


def tagged(branch: Node, tag: str, root: Node) -> frozenset[str]:
    """The values (JSON texts) of the field ``tag`` that choose this branch; none if the field does not."""
    field_of, _ = _follow(dict(branch), root, ())
    return members(field_of.get("properties", {}).get(tag, {}))[0] or frozenset()


def _tags(options: Sequence[Node], root: Node) -> tuple[str, ...]:
    """The fields that have listed values in every alternative, no value in two of them."""
    names = _follow(dict(options[0]), root, ())[0].get("properties", {}) if options else {}
    values = {name: [tagged(option, name, root) for option in options] for name in sorted(names)}
    return tuple(
        name for name, sets in values.items() if all(sets) and len(frozenset().union(*sets)) == sum(map(len, sets))
    )


def _follow(keywords: dict[str, Any], root: Node, refs: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
    while True:
        if "$ref" in keywords:
            ref = keywords.pop("$ref")
            if ref in refs:
                raise SchemaError(f"{ref} refers to itself")
            refs = (*refs, ref)
            keywords = _joined(pointed(ref, root), keywords)
        elif len(keywords.get("allOf", ())) == 1:
            (only,) = keywords.pop("allOf")
            keywords = _joined(only, keywords)
        else:
            return keywords, refs


def pointed(ref: str, root: Node) -> Node:
    """The node that a local reference points at; SchemaError when it points elsewhere or nowhere."""
    if not ref.startswith("#"):
        raise SchemaError(f"{ref} is not a local reference")
    node: Any = root
    for part in ref.removeprefix("#").split("/")[1:]:
        try:
            node = node[part.replace("~1", "/").replace("~0", "~")]
        except (KeyError, TypeError):
            raise SchemaError(f"{ref} points nowhere") from None
    if not isinstance(node, Mapping):
        raise SchemaError(f"{ref} points at no schema")
    return node


def _joined(below: Node, above: Node) -> dict[str, Any]:
    """Both nodes' keywords. Annotations above win; two different demands under one name cannot be judged."""
    for name in below.keys() & above.keys() - ANNOTATIONS:
        if below[name] != above[name]:
            raise SchemaError(f"{name} stands beside a reference and differs from it")
    return {**below, **above}


def _alternatives(keywords: dict[str, Any]) -> tuple[list[Node], bool]:
    """Take the alternatives and null out of ``keywords``."""
    options = [*keywords.pop("anyOf", ()), *keywords.pop("oneOf", ())]
    types = keywords.get("type")
    if isinstance(types, list):
        if options:
            raise SchemaError("a list of types beside alternatives")
        del keywords["type"]
        options = [{"type": one} for one in types]
    rest = [option for option in options if option != {"type": "null"}]
    return rest, len(rest) < len(options)


def members(keywords: Node) -> tuple[frozenset[str] | None, bool]:
    """The listed values as JSON texts (None: any value), and whether unknown ones must be taken as well."""
    if "const" in keywords:
        return frozenset({text_of(keywords["const"])}), False
    values = keywords.get("x-open-enum", keywords.get("enum"))
    return None if values is None else frozenset(map(text_of, values)), "x-open-enum" in keywords


def text_of(value: Any) -> str:
    """JSON text, the same for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def expanded(value: Any, root: Node, within: tuple[str, ...] = ()) -> Any:
    """``value`` with references replaced by what they point at and annotations dropped, for equality."""
    if isinstance(value, list):
        return [expanded(one, root, within) for one in value]
    if not isinstance(value, Mapping):
        return value
    ref = value.get("$ref")
    if isinstance(ref, str) and ref not in within:
        beside = {name: one for name, one in value.items() if name != "$ref"}
        return expanded(_joined(pointed(ref, root), beside), root, (*within, ref))
    return {name: expanded(one, root, within) for name, one in value.items() if name not in ANNOTATIONS}
