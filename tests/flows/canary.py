"""Finding words in bytes, however they are written there."""

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Mapping
from urllib.parse import quote


def spellings(word: str) -> set[bytes]:
    """A word as it may stand in a file: encodings, escapes, base64 at each of its three offsets, hexadecimal."""
    plain = word.encode()
    escaped = json.dumps(word)[1:-1]
    found = {plain, word.encode("utf-16-le"), word.encode("utf-16-be"), word.encode("gb18030")}
    found |= {escaped.encode(), escaped.upper().replace("\\U", "\\u").encode(), quote(word).encode()}
    found |= {plain.hex().encode(), plain.hex().upper().encode()}
    for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
        found |= {_inside(alphabet, text, offset) for text in (plain, escaped.encode()) for offset in range(3)}
    return found


def _inside(encode: object, text: bytes, offset: int) -> bytes:
    """The characters of base64 that ``text`` alone decides when it stands ``offset`` bytes after a multiple of 3."""
    assert callable(encode)
    encoded: bytes = encode(b"\0" * offset + text)
    return encoded[(offset * 8 + 5) // 6 : (offset + len(text)) * 8 // 6]


def found_in(evidence: Mapping[str, bytes], words: Iterable[str]) -> list[str]:
    """Where any of the words stands, in any spelling; compressed parts are opened."""
    wanted = {spelling: word for word in words for spelling in spellings(word)}
    return [
        f"{name}: {word} as {spelling[:40]!r}"
        for name, content in evidence.items()
        for layer in _layers(content)
        for spelling, word in wanted.items()
        if spelling in layer
    ]


def _layers(content: bytes) -> Iterable[bytes]:
    yield content
    try:
        yield gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return
