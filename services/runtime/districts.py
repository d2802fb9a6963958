"""Reads district files, and says of a wrong one what is wrong in which line."""

import csv
import json
from collections.abc import Iterator
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails
from xinfang_contracts.district import District, Part

from .district_source import DistrictError, Source, compose, in_quotes, read_text, value_of

__all__ = ["DistrictError", "load_district", "load_districts"]

CHINESE = {
    "missing": "缺少这一项",
    "string_type": "应为文字",
    "string_pattern_mismatch": "写法不对",
    "string_too_short": "不能为空",
    "string_too_long": "太长",
    "int_type": "应为整数",
    "bool_type": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为键值表",
    "model_type": "应为键值表",
    "literal_error": "不在可选值之内",
    "enum": "不在可选值之内",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "too_short": "至少要有一项",
    "date_from_datetime_parsing": "应为日期",
    "date_parsing": "应为日期",
    "date_type": "应为日期",
}


class VillageTable(Part):
    """Where the villages stand: a CSV beside the district file; ``towns`` re-maps its town codes."""

    file: str
    towns: dict[str, str] = Field(default_factory=dict)


def load_district(path: Path) -> District:
    """The district of one YAML file, with its villages' CSV if it names one. Raises DistrictError."""
    return _load(path)[0]


def load_districts(folder_or_file: Path) -> dict[str, District]:
    """The districts of a folder's YAML files (or of one file), by code. Raises DistrictError."""
    files = [folder_or_file]
    if folder_or_file.is_dir():
        files = sorted(one for one in folder_or_file.iterdir() if one.suffix in {".yaml", ".yml"})
    if not files:
        raise DistrictError(f"{folder_or_file}: 没有区文件 / has no district file (*.yaml)")
    districts: dict[str, District] = {}
    first: dict[str, Path] = {}
    for file in files:
        district, source = _load(file)
        if district.code in districts:
            source.blame("code", f"{district.code} 重复 / stands in {first[district.code]} too")
            source.check()
        districts[district.code], first[district.code] = district, file
    return districts


def _load(file: Path) -> tuple[District, Source]:
    source = Source(file)
    root = compose(file, read_text(file))
    source.places[""] = (file, root.start_mark.line + 1)
    content = value_of(source, root, "")
    source.check()
    if "villages" in content:
        _add_villages(source, content, content.pop("villages"))
    _add_terms(source, content)
    try:
        # As JSON, strictly: "15" is no number, yes is no 1, and a StrEnum may still be written as its text.
        district = District.model_validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        _blame_all(source, error, District)
    source.check()
    return district, source


def _add_villages(source: Source, content: dict[str, Any], given: Any) -> None:
    """Puts the CSV's villages into the towns of the content."""
    try:
        wanted = VillageTable.model_validate(given, strict=True)
    except ValidationError as error:
        _blame_all(source, error, VillageTable, "villages")
        return
    table = source.file.parent / wanted.file
    if not table.is_file():
        source.blame("villages.file", f"{wanted.file} 不存在 / does not exist beside this file")
        return
    towns = content.get("towns")
    if not isinstance(towns, list):
        return
    index = {str(town.get("code")): i for i, town in enumerate(towns) if isinstance(town, dict)}
    for old, new in wanted.towns.items():
        if new not in index:
            source.blame(f"villages.towns.{old}", f"{new} 不存在 / does not exist in this file")
    for line, row in _rows(table):
        code = wanted.towns.get(row["town_code"], row["town_code"])
        if code in index:
            villages = towns[index[code]].setdefault("villages", [])
            if isinstance(villages, list):
                source.places[f"towns[{index[code]}].villages[{len(villages)}]"] = (table, line)
                villages.append({"code": row["code"], "name": row["name"]})
        elif row["town_code"] not in wanted.towns:
            reason = f"town_code: {code} 不存在 / does not exist in {source.file.name}"
            source.faults.append((table, line, reason))


def _add_terms(source: Source, content: dict[str, Any]) -> None:
    """Puts the screening words of a file of their own, ``terms: {file: ...}``, into the content."""
    screening = content.get("screening")
    given = screening.get("terms") if isinstance(screening, dict) else None
    if not isinstance(screening, dict) or not isinstance(given, dict):
        return
    name = given.get("file")
    table = source.file.parent / str(name)
    if not isinstance(name, str) or given.keys() != {"file"} or not table.is_file():
        source.blame("screening.terms.file", f"{name} 不存在 / does not exist beside this file")
        del screening["terms"]
        return
    words = Source(table)
    found = value_of(words, compose(table, read_text(table)), "screening")
    del words.places[""]
    source.places |= words.places
    source.unquoted |= words.unquoted
    source.faults += words.faults
    # What the district file says itself goes before what the shared file says.
    del screening["terms"]
    content["screening"] = found | screening


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(StringIO(read_text(table), newline=""), strict=True)
    done = 0
    try:
        missing = ", ".join(sorted({"code", "name", "town_code"} - set(reader.fieldnames or [])))
        if missing:
            raise DistrictError(f"{table}:1: 缺少列 {missing} / the heading lacks {missing}")
        done = reader.line_num
        for row in reader:
            done = reader.line_num
            if None in row or None in row.values():
                raise DistrictError(f"{table}:{done}: 列数与表头不同 / its columns are not the heading's")
            yield done, row
    except csv.Error as error:
        raise DistrictError(f"{table}:{done + 1}: CSV 写法错误 / CSV error: {error}") from error


def _blame_all(source: Source, error: ValidationError, model: type[BaseModel], above: str = "") -> None:
    for one in error.errors(include_url=False):
        if one["type"] == "value_error":
            for line in str(one["ctx"]["error"]).splitlines():
                path, _, reason = line.partition(": ")
                source.blame(path, reason)
        else:
            path = _path(above, one["loc"])
            source.blame(path, _reason(source, one, path, model))


def _path(above: str, loc: tuple[int | str, ...]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc if step != "[key]")
    return (above + "".join(steps)).removeprefix(".")


def _reason(source: Source, one: ErrorDetails, path: str, model: type[BaseModel]) -> str:
    if one["type"] == "extra_forbidden":
        known = [*_model_at(model, one["loc"][:-1]).model_fields]
        known += ["villages"] if model is District and len(one["loc"]) == 1 else []
        near = get_close_matches(str(one["loc"][-1]), known, 1, 0.5) or known
        return f"没有这个键, 可用 / unknown key, did you mean: {', '.join(near)}"
    if one["type"] == "string_type" and path in source.unquoted:
        return in_quotes(source.unquoted[path])
    return f"{CHINESE.get(one['type'], '不合要求')} / {one['msg']}"


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    """The model whose keys stand at that place: steps through fields, list items and dict values."""
    kind: Any = model
    for step in loc:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(step)].annotation
        else:
            kind = get_args(kind)[-1]
        if type(None) in get_args(kind):
            # A part that may be left out: ``Extension | None``.
            kind = next(one for one in get_args(kind) if one is not type(None))
    assert isinstance(kind, type) and issubclass(kind, BaseModel)
    return kind
