"""How a text sounds: simplified characters, and syllables in which homophones and Hunan's mergers agree."""

import re
import unicodedata
from functools import cache

from .. import script

GAP = "\n"
"""Stands for whatever is no Chinese character; no run of syllables goes across it."""
_CJK = range(0x4E00, 0xA000)
_FIRST_SYLLABLE = 0xE000


class _Letters(dict[int, str]):
    """A table for ``str.translate`` that answers GAP for what it does not have, and remembers that."""

    def __missing__(self, key: int) -> str:
        self[key] = GAP
        return GAP


@cache
def _syllable_table() -> _Letters:
    # At the first use: its phrases, which nobody needs here, take a third of a second, too much for a service's start.
    from pypinyin.constants import PINYIN_DICT

    ids: dict[str, str] = {}
    table = _Letters()
    for code in _CJK:
        readings = PINYIN_DICT.get(code)
        if readings:
            heard = merged(readings.split(",")[0])
            table[code] = ids.setdefault(heard, chr(_FIRST_SYLLABLE + len(ids)))
    return table


def merged(pinyin: str) -> str:
    """A syllable without its tone, and with what southern speakers and typists mix up made one: zhǎng -> zan."""
    plain = "".join(one for one in unicodedata.normalize("NFD", pinyin) if not unicodedata.combining(one))
    for long, short in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        plain = plain.replace(long, short)
    if plain.startswith("n"):
        plain = "l" + plain[1:]
    return plain[:-1] if plain.endswith("ng") else plain


_SPACE = re.compile(r"\s+")


def simplified(text: str) -> str:
    """NFKC, lower case, simplified characters, no spaces."""
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    spaced = len(_SPACE.findall(folded)) * 8 > len(folded)  # a scan may set a space after each character
    return script.simplified(_SPACE.sub("" if spaced else ",", folded.lower()))


def syllables(simple: str) -> str:
    """One letter a syllable, of the same length as ``simple``; GAP for anything else."""
    return simple.translate(_syllable_table())
