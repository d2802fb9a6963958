"""One script for comparing: traditional characters as the simplified ones that stand for them. Pure.

The table is OpenCC's (t2s), character by character: converted by phrases, as OpenCC does it for readers, the same
characters would come out differently in another sentence, and a quotation would no longer be found in its text.
"""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

_BLOCKS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x323B0))
"""Where Unicode has Han characters."""


def simplified(text: str) -> str:
    """The text with each character simplified; as long as before, and the same again when simplified again."""
    return text.translate(_table()) if _changing().search(text) else text


def normal(text: str) -> str:
    """NFKC. The wide marks of nearly every text go first: a text that is normal without them is known to be at once."""
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    return unicodedata.normalize("NFKC", text)


_WIDE = tuple(zip("，；：！？（）", ",;:!?()", strict=True))


@cache
def _changing() -> re.Pattern[str]:
    """Whether the table changes anything, twenty times as fast as changing it; of the rarest planes it is not asked."""
    common = "".join(chr(one) for one in _table() if one < 0x10000)
    return re.compile(f"[{common}\U00010000-\U0010ffff]")


@cache
def _table() -> dict[int, str]:
    characters = [chr(number) for block in _BLOCKS for number in block]
    # No phrase goes over the end of a line.
    lines = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {ord(one): other for one, other in zip(characters, lines, strict=True) if one != other}
    # What one character is simplified to is in a few cases itself a traditional one (薴, 苧, 苎).
    return {one: other.translate(table) for one, other in table.items()}
