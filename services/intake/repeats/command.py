"""``xinfang repeats``: how well repeats are found, and the preload of old ledgers."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from .evaluate import Evaluation, evaluate
from .pairs import PairsError, read_pairs

app = typer.Typer(help="重复件 / repeats: the same accused and the same matter.", no_args_is_help=True)


@app.callback()
def repeats() -> None:
    """重复件 / repeats."""


@app.command("evaluate")
def evaluate_file(
    file: Annotated[Path, typer.Argument(help="CSV: 标签, 甲文, 乙文 / label, left_text, right_text")],
    as_json: Annotated[bool, typer.Option("--json", help="一个 JSON 对象 / one JSON object")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="判错的行号 / lines that came out wrong")] = False,
) -> None:
    """用带标签的成对信访件测算准确率和召回率 / precision and recall over labelled pairs.

    表头 / headings: label (same, 标签, 是否重复); left_text, right_text (a_text/b_text, text1/text2, 甲文/乙文); 可有 / and
    if known left_accused, left_organisation, right_accused, right_organisation (被举报人, 单位); kind (类型).

    标签 / labels: 1 0, true false, yes no, same different, 是 否, 重复 不重复.
    """
    try:
        result = evaluate(read_pairs(file))
    except PairsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(_as_dict(result, errors=errors), ensure_ascii=False))
        return
    _print(result)
    if errors:
        typer.echo("判错的行 / wrong lines: " + (", ".join(map(str, result.wrong)) or "-"))


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
