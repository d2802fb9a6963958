"""Reads a district file's YAML so that each value is known with its line."""

from pathlib import Path
from typing import Any

import yaml

from .errors import StartError

# Both are safe; the one in C, which not every platform has, is ten times faster.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_FAULTS = 20
TAG = "tag:yaml.org,2002:"
TEXT = f"{TAG}str"
TEXT_IN_QUOTES = {f"{TAG}{name}" for name in ("int", "float", "bool", "timestamp")}
PLAIN = {TEXT} | {f"{TAG}{name}" for name in ("int", "float", "bool", "null")}


class DistrictError(StartError):
    """A district file cannot be used. A line for each fault: ``file:line: path: 原因 / reason``."""


class Source:
    """Where each value of a district stands, and what is wrong with it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.places: dict[str, tuple[Path, int]] = {"": (file, 1)}
        self.unquoted: dict[str, str] = {}
        self.faults: list[tuple[Path, int, str]] = []

    def blame(self, path: str, reason: str) -> None:
        """Notes a fault at the line of that path, or of what should hold it."""
        held = path
        while held not in self.places:
            held = held[: max(held.rfind("."), held.rfind("["), 0)]
        self.faults.append((*self.places[held], f"{path}: {reason}" if path else reason))

    def check(self) -> None:
        """Raises DistrictError if there is any fault."""
        if self.faults:
            faults = sorted(set(self.faults), key=lambda fault: (fault[0] != self.file, fault[1], fault[2]))
            # A value may hold line breaks; a fault stays one line.
            lines = [f"{file}:{line}: {' '.join(reason.split())}" for file, line, reason in faults]
            if len(lines) > MAX_FAULTS:
                left = len(lines) - MAX_FAULTS
                lines[MAX_FAULTS:] = [f"{self.file}: 另有 {left} 处 / and {left} more"]
            raise DistrictError("\n".join(lines))


def read_text(file: Path) -> str:
    """The text of a small UTF-8 file, with or without byte order mark. Raises DistrictError."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise DistrictError(f"{file}:1: 超过 1 MB / is larger than 1 MB")
        content = file.read_bytes()
    except OSError as error:
        raise DistrictError(f"{file}:1: 读不了 / cannot be read: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DistrictError(f"{file}:{line}: 不是 UTF-8 / is not UTF-8") from error


def compose(file: Path, text: str) -> yaml.MappingNode:
    """The tree of the text's one document, with marks. Raises DistrictError."""
    forbidden = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if forbidden:
        line = text.count("\n", 0, forbidden.start()) + 1
        raise DistrictError(f"{file}:{line}: 有不可用的字符 / has a forbidden character")
    try:
        _refuse_growth(file, text)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DistrictError(f"{file}:{line}: YAML 写法错误 / YAML error: {error.problem}") from error
    if not isinstance(root, yaml.MappingNode):
        raise DistrictError(f"{file}:1: 应为键值表 / must be a mapping")
    return root


def _refuse_growth(file: Path, text: str) -> None:
    """No aliases and no depth: a small file cannot grow into a large one, nor exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise DistrictError(f"{file}:{line}: 不可用别名 / aliases are refused")
        if depth > MAX_DEPTH:
            raise DistrictError(f"{file}:{line}: 嵌套太深 / nested too deep")


def value_of(source: Source, node: yaml.Node, path: str) -> Any:
    """The node's value. Notes the line of each path; blames doubled keys and what is not plain YAML."""
    if isinstance(node, yaml.ScalarNode):
        return _scalar(source, node, path)
    if node.tag not in {f"{TAG}seq", f"{TAG}map"}:
        source.blame(path, f"不可用标签 / tag {node.tag} is refused")
    if isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            source.places[f"{path}[{i}]"] = (source.file, item.start_mark.line + 1)
        return [value_of(source, item, f"{path}[{i}]") for i, item in enumerate(node.value)]
    mapping: dict[str, Any] = {}
    for key, item in node.value:
        fault = ""
        if not isinstance(key, yaml.ScalarNode) or key.tag not in TEXT_IN_QUOTES | {TEXT}:
            fault = "键应为文字 / a key must be text"
        elif key.tag in TEXT_IN_QUOTES:
            fault = in_quotes(key.value)
        elif key.value in mapping:
            fault = f"{key.value} 键重复 / this key stands twice"
        place = (source.file, key.start_mark.line + 1)
        if fault:
            source.faults.append((*place, f"{path}: {fault}" if path else fault))
            continue
        under = f"{path}.{key.value}" if path else key.value
        source.places[under] = place
        mapping[key.value] = value_of(source, item, under)
    return mapping


def _scalar(source: Source, node: yaml.ScalarNode, path: str) -> Any:
    if node.tag == TEXT:
        return node.value
    if node.tag in TEXT_IN_QUOTES:
        source.unquoted[path] = node.value
    try:
        if node.tag in PLAIN and len(node.value) < 40:
            return yaml.constructor.SafeConstructor().construct_object(node)
    except (ValueError, KeyError):
        pass
    source.blame(path, in_quotes(node.value[:40]))
    return None


def in_quotes(text: str) -> str:
    """The reason for a value that YAML has taken for something other than text."""
    return f'请加引号 / must be quoted: "{text}"'
