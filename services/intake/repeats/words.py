"""The tables beside the code: which words speak of which matter, and how rare a character is."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from .sounds import syllables

_FOLDER = files(__package__)
COMMONEST, RAREST = 0, 4


@cache
def rarity() -> dict[str, int]:
    """Weight of each listed character, from COMMONEST; whatever is not listed weighs RAREST."""
    lines = _lines("rarity.txt")
    return {letter: weight for weight, letters in enumerate(lines) for letter in letters}


@cache
def everyday() -> frozenset[str]:
    """Pairs of characters that are common and say nothing of a matter."""
    return frozenset(word for line in _lines("everyday.txt") for word in line.split())


@cache
def matters() -> dict[str, list[tuple[str, str, int]]]:
    """First two characters of a word -> (word, code of the concept, weight), for texts in simplified characters."""
    return _by_beginning(lambda word: word)


@cache
def spoken_matters() -> dict[str, list[tuple[str, str, int]]]:
    """The same by sound, for words of three and more: two syllables alone agree by chance too often."""
    return _by_beginning(lambda word: syllables(word) if len(word) > 2 else "")


def _by_beginning(spelt: Callable[[str], str]) -> dict[str, list[tuple[str, str, int]]]:
    found: dict[str, list[tuple[str, str, int]]] = {}
    for line in _lines("topics.txt"):
        code, rest = line.split(" ", 1)
        weight, words = rest.split(":")
        for word in words.split():
            spelling = spelt(word)
            if spelling:
                found.setdefault(spelling[:2], []).append((spelling, code, int(weight)))
    return found


def _lines(name: str) -> list[str]:
    return [line for line in (_FOLDER / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]
