"""Receipt codes: 80 bits and a check symbol, written so that they can be read out over the telephone.

16 symbols of Crockford's base 32 (no I, L, O or U; https://www.crockford.com/base32.html) and one more that makes the
sum of a**i * symbol(i) zero in GF(32): a Reed-Solomon code with one check symbol (Reed & Solomon 1960). Since the
powers of a differ for i < 31, every single wrong symbol and every swap of two different symbols, adjacent or not, is
caught: the two errors that people make most (Verhoeff 1969). Crockford's own mod 37 check catches no more, and needs
``* ~ $ =``, which nobody can read out.
"""

import unicodedata

BYTES = 10
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DATA = 16
_OTHERS = range(16, 65)
"""How long a partner's own receipts may be."""
_GROUPS = ((0, 4), (4, 8), (8, 12), (12, 17))
_POLYNOMIAL = 0b100101
_HEARD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def _times_a(value: int) -> int:
    """Multiplied by a in GF(32), where a**5 = a**2 + 1."""
    value <<= 1
    return value ^ _POLYNOMIAL if value & 32 else value


def _sum(values: list[int]) -> int:
    """Each symbol times a power of a, the last one times 1 (Horner)."""
    total = 0
    for value in values:
        total = _times_a(total) ^ value
    return total


def write(number: bytes) -> str:
    """Ten bytes as a receipt: ``0000-0000-0000-00000``."""
    if len(number) != BYTES:
        raise ValueError("a receipt has 80 bits")
    bits = int.from_bytes(number)
    values = [bits >> 5 * place & 31 for place in reversed(range(_DATA))]
    values.append(_sum([*values, 0]))
    symbols = "".join(_ALPHABET[value] for value in values)
    return "-".join(symbols[start:end] for start, end in _GROUPS)


def read(text: str) -> str | None:
    """What somebody typed or heard, as it was written; None when it cannot be a receipt.

    Case, blanks, hyphens, full-width forms, and O for 0 or I, L for 1 do not matter.
    """
    heard = _heard(text)
    if not _looks_like_ours(heard) or _sum([_ALPHABET.index(symbol) for symbol in heard]):
        return None
    return "-".join(heard[start:end] for start, end in _GROUPS)


def known_as(text: str) -> str:
    """The form under which a receipt is kept: ours as it was written, a partner's own as it stands."""
    return read(text) or text.strip()


def is_mistyped(text: str) -> bool:
    """True for what can be nobody's receipt: ours with a wrong symbol, or of a length that none has."""
    heard = _heard(text)
    if _looks_like_ours(heard):
        return read(text) is None
    return len(text.strip()) not in _OTHERS


def _heard(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper().translate(_HEARD)


def _looks_like_ours(heard: str) -> bool:
    return len(heard) == _DATA + 1 and all(symbol in _ALPHABET for symbol in heard)
