"""The compatibility gate: which changes between two exported sets of schemas would break a neighbour.

Inside a major version only optional fields may be added. What is *narrowed* is refused everywhere. What is
*widened* (a new enumeration member, a higher limit, null allowed) is refused for all that Xinfang says, since
an older reader would refuse the new value; for commands and their content, which others write and Xinfang
reads, it is allowed. What the gate cannot judge it refuses.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .breaks import Break, Pair
from .shapes import (
    ANNOTATIONS,
    NO_DEFAULT,
    Node,
    SchemaError,
    Shape,
    expanded,
    members,
    shape_of,
    tagged,
    text_of,
)

__all__ = ["Break", "SchemaError", "compare", "compare_message", "read_schemas"]

WRITTEN_BY_OTHERS = frozenset({"command", "content", "read"})
"""Kinds that Xinfang reads; for these a widening breaks nobody."""

UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_JUDGED = {"type", "format", "const", "enum", "pattern", "properties", "required", "items", *UPPER, *LOWER}

_Seen = frozenset[tuple[str, str]]


def compare(old: Path, new: Path) -> list[Break]:
    """Compare two exports (their roots or their ``schemas`` folders).

    Returns every break, sorted by type, none if the newer set keeps the promise. Raises SchemaError when a
    folder holds no schemas or one of them is not JSON.
    """
    before, after = read_schemas(old), read_schemas(new)
    found = (compare_message(type_, before[type_], after.get(type_)) for type_ in sorted(before))
    return [one for breaks in found for one in breaks]


def read_schemas(folder: Path) -> dict[str, Node]:
    """The schemas of an export by type; SchemaError when there are none or one is not JSON."""
    inner = folder / "schemas"
    files = sorted((inner if inner.is_dir() else folder).glob("*.schema.json"))
    if not files:
        raise SchemaError(f"{folder}: 没有 *.schema.json / holds no *.schema.json")
    return {file.name.removesuffix(".schema.json"): _read(file) for file in files}


def _read(file: Path) -> Node:
    try:
        schema = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise SchemaError(f"{file}: 不是 JSON / is not JSON") from None
    if not isinstance(schema, dict):
        raise SchemaError(f"{file}: 不是 JSON Schema / is not a JSON Schema")
    return schema


def compare_message(type_: str, old: Node, new: Node | None) -> list[Break]:
    """Compare two versions of one message; ``new`` is None when it is gone."""
    kind = old.get("x-xinfang-kind")
    pair = Pair(type_, old, new or {}, strict=kind not in WRITTEN_BY_OTHERS)
    if new is None:
        return [pair.broken("", "message.removed")]
    found = list(_about(pair))
    if text_of(_bare(old)) == text_of(_bare(new)):
        return found
    try:
        return [*found, *_compare(pair, _bare(old), _bare(new), "", frozenset())]
    except SchemaError as error:
        return [*found, pair.broken("", "schema.unjudged", now=error)]


def _bare(schema: Node) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if not name.startswith("x-xinfang-")}


def _about(pair: Pair) -> Iterator[Break]:
    was, now = pair.old.get("x-xinfang-kind"), pair.new.get("x-xinfang-kind")
    if was != now:
        yield pair.broken("", "kind.changed", was, now)
    for rule, name in (("actor.removed", "x-xinfang-actors"), ("told.removed", "x-xinfang-told")):
        gone = set(pair.old.get(name, ())) - set(pair.new.get(name, ()))
        if gone:
            yield pair.broken("", rule, ", ".join(sorted(gone)))


def _compare(pair: Pair, old: Node | bool, new: Node | bool, path: str, seen: _Seen) -> Iterator[Break]:
    here = (text_of(old), text_of(new))
    if here in seen:  # a shape that holds itself
        return
    seen |= {here}
    was, now = shape_of(old, pair.old), shape_of(new, pair.new)
    if was.nullable and not now.nullable:
        yield pair.broken(path, "null.removed")
    if now.nullable and not was.nullable and pair.strict:
        yield pair.broken(path, "null.added")
    if was.branches or now.branches:
        yield from _branches(pair, was, now, path, seen)
        return
    if was.keywords.get("type") != now.keywords.get("type"):
        yield pair.broken(path, "type.changed", was.keywords.get("type"), now.keywords.get("type"))
        return
    yield from _values(pair, was.keywords, now.keywords, path)
    yield from _limits(pair, was.keywords, now.keywords, path)
    yield from _fields(pair, was.keywords, now.keywords, path, seen)
    yield from _rest(pair, was.keywords, now.keywords, path)
    if "items" in was.keywords or "items" in now.keywords:
        before, after = was.keywords.get("items", {}), now.keywords.get("items", {})
        yield from _compare(pair, before, after, f"{path}[]", seen)


def _branches(pair: Pair, was: Shape, now: Shape, path: str, seen: _Seen) -> Iterator[Break]:
    """Alternatives: by their tag where they have one, else each must find its like on the other side."""
    tags = [tag for tag in was.tags if tag in now.tags or not now.branches]
    if was.tags and not tags:
        yield pair.broken(path, "tag.changed", ", ".join(was.tags), ", ".join(now.tags) or None)
        return
    tag = next(iter(tags or (() if was.branches else now.tags)), None)
    before, after = _listed(was, pair.old, tag), _listed(now, pair.new, tag)
    if tag is not None:
        for name in sorted(before.keys() & after.keys()):
            yield from _compare(pair, before[name], after[name], f"{path}<{name}>", seen)
        gone, come = before.keys() - after.keys(), after.keys() - before.keys()
    else:
        gone, come = _unmatched(pair, before, after, seen)
    for name in sorted(gone):
        yield pair.broken(path, "branch.removed", was=name)
    for name in sorted(come) if pair.strict else ():
        yield pair.broken(path, "branch.added", now=name)


def _listed(shape: Shape, root: Node, tag: str | None) -> dict[str, Node]:
    """Branches by name: the tag's value, else the title, type or place."""
    if shape.branches and shape.keywords:
        raise SchemaError(f"{', '.join(sorted(shape.keywords))} beside alternatives")
    listed: dict[str, Node] = {}
    for i, node in enumerate(shape.branches or (shape.keywords,)):
        inner = shape_of(node, root).keywords
        names = [str(json.loads(value)) for value in sorted(tagged(node, tag, root))] if tag else []
        listed |= dict.fromkeys(names or [f"{inner.get('type', 'any')}#{i}"], node)
    return listed


def _unmatched(
    pair: Pair, before: Mapping[str, Node], after: Mapping[str, Node], seen: _Seen
) -> tuple[set[str], set[str]]:
    def like(old: Node, new: Node) -> bool:
        return next(_compare(pair, old, new, "", seen), None) is None

    gone = {name for name, old in before.items() if not any(like(old, new) for new in after.values())}
    come = {name for name, new in after.items() if not any(like(old, new) for old in before.values())}
    return gone, come


def _values(pair: Pair, old: Node, new: Node, path: str) -> Iterator[Break]:
    (was, was_open), (now, now_open) = members(old), members(new)
    if "const" in old and "const" in new:
        if was != now:
            yield pair.broken(path, "const.changed", old["const"], new["const"])
        return
    if was is None and now is not None and not now_open:
        yield pair.broken(path, "enum.narrowed", "*")
    if was is None:
        return
    gone = was if now is None and was_open else was - (was if now is None else now)
    if was_open and not now_open:
        yield pair.broken(path, "enum.narrowed", "*")
    elif gone:
        yield pair.broken(path, "enum.narrowed", ", ".join(sorted(gone)))
    added = {"*"} if now is None or now_open else now - was
    if added and not was_open and pair.strict:
        yield pair.broken(path, "enum.widened", now=", ".join(sorted(added)))


def _limits(pair: Pair, old: Node, new: Node, path: str) -> Iterator[Break]:
    for name in (*UPPER, *LOWER):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        tighter = now is not None and (was is None or (now < was if name in UPPER else now > was))
        if tighter or pair.strict:
            yield pair.broken(path, "limit.narrowed" if tighter else "limit.widened", was, now, name)
    if old.get("format") != new.get("format"):
        yield pair.broken(path, "format.changed", old.get("format"), new.get("format"))
    was, now = old.get("pattern"), new.get("pattern")
    if now is not None and was != now:
        yield pair.broken(path, "pattern.changed", was, now)
    if now is None and was is not None and pair.strict:
        yield pair.broken(path, "pattern.removed")


def _fields(pair: Pair, old: Node, new: Node, path: str, seen: _Seen) -> Iterator[Break]:
    before, after = old.get("properties", {}), new.get("properties", {})
    demanded, demands = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() | after.keys() | demanded | demands):
        where = f"{path}.{name}" if path else name
        if name not in before and name not in demanded:
            if name in demands:
                yield pair.broken(where, "field.new_required")
            elif old.get("additionalProperties") is False and pair.strict:
                yield pair.broken(where, "field.unknown")
        elif name not in after:
            yield pair.broken(where, "field.removed")
        else:
            yield from _presence(pair, name in demanded, name in demands, where)
            if name not in demanded | demands:
                yield from _default(pair, before.get(name, {}), after[name], where)
            yield from _compare(pair, before.get(name, {}), after[name], where, seen)


def _presence(pair: Pair, was: bool, now: bool, where: str) -> Iterator[Break]:
    if now and not was:
        yield pair.broken(where, "field.required")
    if was and not now and pair.strict:
        yield pair.broken(where, "field.optional")


def _default(pair: Pair, old: Node, new: Node, where: str) -> Iterator[Break]:
    """An absent field means its default: another default changes what older messages say."""
    was, now = shape_of(old, pair.old).default, shape_of(new, pair.new).default
    if (was is NO_DEFAULT) != (now is NO_DEFAULT) or (was is not NO_DEFAULT and text_of(was) != text_of(now)):
        words = ["-" if value is NO_DEFAULT else text_of(value) for value in (was, now)]
        yield pair.broken(where, "default.changed", *words)


def _rest(pair: Pair, old: Node, new: Node, path: str) -> Iterator[Break]:
    for name in sorted((old.keys() | new.keys()) - _JUDGED - ANNOTATIONS):
        if name.startswith("x-"):
            continue
        if (name in old) != (name in new) or expanded(old[name], pair.old) != expanded(new[name], pair.new):
            yield pair.broken(path, "keyword.changed", name=name)
