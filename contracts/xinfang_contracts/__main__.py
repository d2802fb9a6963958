"""Export and the compatibility gate for a publisher's own CI: ``python -m xinfang_contracts``."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .compat import SchemaError, compare
from .export import export

OK, BROKEN, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 for well, 1 when the gate refuses, 2 for what cannot be read or written."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.command == "export":
            return _export(chosen.folder, chosen.json)
        return _check(chosen.old, chosen.new, chosen.json)
    except (OSError, SchemaError) as error:
        print(f"xinfang_contracts: {error}", file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m xinfang_contracts", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("export", help="写出 schema、AsyncAPI 和范例 / write schemas, AsyncAPI, examples")
    writing.add_argument("folder", type=Path)
    checking = commands.add_parser("check", help="比较两次导出 / compare two exports: 0 ok, 1 broken, 2 usage")
    checking.add_argument("old", type=Path, help="已发布的导出 / the released export")
    checking.add_argument("new", type=Path, help="新的导出 / the new export")
    for command in (writing, checking):
        command.add_argument("--json", action="store_true", help="供脚本读取 / for scripts")
    return parser


def _export(folder: Path, as_json: bool) -> int:
    files = [str(file) for file in export(folder)]
    print(json.dumps({"version": __version__, "files": files}) if as_json else "\n".join(files))
    return OK


def _check(old: Path, new: Path, as_json: bool) -> int:
    breaks = compare(old, new)
    if as_json:
        found = [one.as_json() for one in breaks]
        print(json.dumps({"ok": not breaks, "breaks": found}, ensure_ascii=False, indent=2))
    elif breaks:
        print("\n".join(map(str, breaks)))
        print(
            f"不兼容 {len(breaks)} 处：请另立新类型（v+1），新旧并行发布一段公告期。"
            f" / {len(breaks)} breaking: make a new type (v+1) and publish both for an announced time."
        )
    else:
        print("兼容 / compatible")
    return BROKEN if breaks else OK


if __name__ == "__main__":
    sys.exit(main())
