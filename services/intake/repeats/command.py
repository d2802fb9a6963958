"""What ``xinfang repeats`` prints."""

import asyncio
import json
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from .evaluate import Evaluation, evaluate
from .index import Repeats
from .pairs import PairsError, read_pairs
from .preload import PreloadError, preload, read_old


def evaluate_file(file: Path, *, as_json: bool, errors: bool) -> int:
    """Precision and recall; 2 when the file cannot be read as pairs."""
    try:
        result = evaluate(read_pairs(file))
    except PairsError as error:
        typer.echo(str(error), err=True)
        return 2
    if as_json:
        typer.echo(json.dumps(_as_dict(result, errors=errors), ensure_ascii=False))
        return 0
    _print(result)
    if errors:
        typer.echo("判错的行 / wrong lines: " + (", ".join(map(str, result.wrong)) or "-"))
    return 0


def preload_file(file: Path, key_folder: Path, database: str) -> int:
    """Say how many are new; 2 at the first line that cannot be read, what stood before it is kept."""
    with Progress(transient=True) as bar:
        task = bar.add_task("信访件 / petitions", total=None)
        try:
            work = preload(database, read_old(file), Repeats.of(key_folder), lambda done: bar.advance(task, done))
            new = asyncio.run(work)
        except (PreloadError, OSError) as error:
            typer.echo(str(error), err=True)
            return 2
    typer.echo(f"新入索引 / new in the index: {new}")
    return 0


def _as_dict(result: Evaluation, *, errors: bool) -> dict[str, object]:
    kinds = sorted({kind for kind, _, _ in result.by_kind})
    told: dict[str, object] = {
        "pairs": result.pairs,
        "repeats": result.repeats,
        "precision": round(result.precision, 4),
        "recall": round(result.recall, 4),
        "f1": round(result.f1, 4),
        "true_positive": result.found,
        "false_positive": result.false,
        "false_negative": result.left_out,
        "not_looked_up": result.missed,
        "by_kind": {
            kind: {
                f"{'repeat' if label else 'other'}_{'proposed' if proposed else 'not_proposed'}": count
                for (one, label, proposed), count in sorted(result.by_kind.items())
                if one == kind
            }
            for kind in kinds
        },
    }
    return told | ({"wrong_lines": result.wrong} if errors else {})


def _print(result: Evaluation) -> None:
    console = Console()
    console.print(
        f"成对 / pairs {result.pairs}, 重复 / repeats {result.repeats}\n"
        f"准确率 / precision {result.precision:.3f}, 召回率 / recall {result.recall:.3f}, F1 {result.f1:.3f}"
        f" (索引未命中 / not looked up: {result.missed})"
    )
    table = Table("类型 / kind", "重复, 提出", "重复, 未提出", "不重复, 提出", "不重复, 未提出")
    for kind in sorted({kind for kind, _, _ in result.by_kind}):
        counts = [str(result.by_kind[kind, label, told]) for label in (True, False) for told in (True, False)]
        table.add_row(kind or "-", *counts)
    console.print(table)
