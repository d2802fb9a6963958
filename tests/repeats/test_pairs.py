"""The promise on repeats, held on pairs that nothing was tuned on."""

from pathlib import Path

import pytest

from services.intake.repeats.evaluate import evaluate
from services.intake.repeats.pairs import Pair, PairsError, read_pairs

FOLDER = Path(__file__).parent


def test_of_pairs_not_tuned_on_nine_in_ten_repeats_are_proposed_and_nineteen_in_twenty_proposals_are_right() -> None:
    result = evaluate(read_pairs(FOLDER / "test.csv"))
    assert (result.precision >= 0.95, result.recall >= 0.90) == (True, True)


def test_no_pair_of_the_test_file_was_tuned_on() -> None:
    tuned = {text for name in ("tuning.csv", "own.csv") for pair in read_pairs(FOLDER / name) for text in _both(pair)}
    assert not tuned & {text for pair in read_pairs(FOLDER / "test.csv") for text in _both(pair)}


def test_the_repository_has_six_hundred_labelled_pairs() -> None:
    assert sum(len(read_pairs(FOLDER / name)) for name in ("tuning.csv", "own.csv", "test.csv")) >= 600


def _both(pair: Pair) -> tuple[str, str]:
    return pair.left, pair.right


@pytest.mark.parametrize(
    "heading",
    [
        "left_text,right_text,label",
        "a_text,b_text,same",
        "text1,text2,is_repeat",
        "甲文,乙文,标签",
        "文本1,文本2,是否重复",
    ],
)
def test_pairs_are_read_under_the_headings_that_people_give(tmp_path: Path, heading: str) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(f"{heading}\n前村书记收钱,前村书记拿钱,是\n一,二,different\n", encoding="utf-8")
    assert [pair.is_repeat for pair in read_pairs(file)] == [True, False]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("甲文,乙文,标签\n一,二,是\n一,二,或许\n", "line 3, column 标签"),
        ("甲文,乙文,标签\n一,,是\n", "line 2, column 乙文"),
        ("甲文,乙文,标签\n一,是\n", "line 2 has 2 columns"),
        ("甲文,标签\n一,是\n", "line 1 has no column right_text"),
        ("", "empty"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(tmp_path: Path, rows: str, said: str) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(rows, encoding="utf-8")
    with pytest.raises(PairsError, match=said):
        read_pairs(file)
