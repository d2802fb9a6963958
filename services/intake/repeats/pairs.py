"""Labelled pairs from a CSV, under the headings that people give them."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import _csv

Accused = tuple[str | None, str | None]


class PairsError(ValueError):
    """What is wrong with a file of pairs: line and column, never what stands there."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two petitions and whether they are the same accused and the same matter. line: in the file, the heading is 1."""

    line: int
    kind: str
    is_repeat: bool
    left: str
    right: str
    left_accused: Accused
    right_accused: Accused


_SIDES = {
    "left": ("left", "a", "1", "first", "甲", "左", "一", "text1", "x"),
    "right": ("right", "b", "2", "second", "乙", "右", "二", "text2", "y"),
}
_FIELDS = {
    "text": ("text", "content", "petition", "body", "文", "文本", "内容", "正文", "举报内容", "信访内容", ""),
    "accused": ("accused", "name", "被举报人", "被反映人", "姓名"),
    "organisation": ("organisation", "organization", "org", "unit", "place", "单位", "被举报人单位", "地点"),
}
_LABEL = (
    "label",
    "same",
    "is_repeat",
    "repeat",
    "duplicate",
    "is_duplicate",
    "match",
    "标签",
    "是否重复",
    "重复",
    "标注",
)
_KIND = ("kind", "type", "category", "类型", "类别", "种类")
_YES = frozenset(
    [
        "1",
        "true",
        "yes",
        "y",
        "t",
        "same",
        "repeat",
        "duplicate",
        "match",
        "是",
        "重复",
        "相同",
        "同",
        "同一",
        "真",
        "1.0",
    ]
)
_NO = frozenset(
    [
        "0",
        "false",
        "no",
        "n",
        "f",
        "different",
        "distinct",
        "unique",
        "other",
        "否",
        "不重复",
        "不同",
        "不是",
        "异",
        "非重复",
        "假",
        "0.0",
    ]
)


def read_pairs(path: Path) -> list[Pair]:
    """All pairs of a UTF-8 (or GB 18030) CSV. Raises PairsError with line and column of the first thing wrong."""
    text = _decoded(path)
    rows = csv.reader(text.splitlines(keepends=True))
    try:
        headings = next(rows, None)
        if headings is None:
            raise PairsError("文件是空的 / the file is empty")
        columns = _columns(headings)
        return list(_pairs(rows, columns, headings))
    except csv.Error:
        raise PairsError(f"第 {rows.line_num} 行不是 CSV / line {rows.line_num} is no CSV") from None


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PairsError(f"打不开文件 / cannot open the file: {error.strerror}") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PairsError("不是 UTF-8 也不是 GB 18030 / neither UTF-8 nor GB 18030")


def _columns(headings: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, heading in enumerate(headings):
        plain = heading.strip().lower().replace(" ", "_").replace("-", "_")
        for what, names in _known().items():
            if plain in names:
                found.setdefault(what, at)
    for what, say in (("left_text", "left_text 甲文"), ("right_text", "right_text 乙文"), ("label", "label 标签")):
        if what not in found:
            raise PairsError(f"第 1 行没有 {say} 一列 / line 1 has no column {say}")
    return found


def _known() -> dict[str, frozenset[str]]:
    known = {"label": frozenset(_LABEL), "kind": frozenset(_KIND)}
    for side, prefixes in _SIDES.items():
        for field, names in _FIELDS.items():
            written = {f"{one}_{name}" for one in prefixes for name in names} | {
                f"{one}{name}" for one in prefixes for name in names
            }
            written |= {f"{name}_{one}" for one in prefixes for name in names if name}
            written |= {f"{name}{one}" for one in prefixes for name in names if name}
            known[f"{side}_{field}"] = frozenset(written)
    return known


def _pairs(rows: "_csv.Reader", columns: Mapping[str, int], headings: list[str]) -> Iterator[Pair]:
    line = 2
    for row in rows:
        at, line = line, rows.line_num + 1
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(headings):
            raise PairsError(
                f"第 {at} 行有 {len(row)} 列, 表头有 {len(headings)} 列"
                f" / line {at} has {len(row)} columns, the heading {len(headings)}"
            )

        def cell(what: str, row: list[str] = row) -> str:
            return row[columns[what]].strip() if what in columns else ""

        for what in ("left_text", "right_text"):
            if not cell(what):
                raise PairsError(_wrong(at, headings[columns[what]], "是空的", "is empty"))
        label = cell("label").lower()
        if label not in _YES | _NO:
            raise PairsError(_wrong(at, headings[columns["label"]], "不是 1/0、是/否", "is neither yes nor no"))
        yield Pair(
            line=at,
            kind=cell("kind"),
            is_repeat=label in _YES,
            left=cell("left_text"),
            right=cell("right_text"),
            left_accused=(cell("left_accused") or None, cell("left_organisation") or None),
            right_accused=(cell("right_accused") or None, cell("right_organisation") or None),
        )


def _wrong(line: int, column: str, chinese: str, english: str) -> str:
    return f"第 {line} 行 {column} 列{chinese} / line {line}, column {column} {english}"
