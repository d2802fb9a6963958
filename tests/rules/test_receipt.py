"""A receipt survives the telephone: what was misheard is caught, how it was written down does not matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.returns import receipt

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KNOWN = "000G-40R4-0M30-E209J"
codes = st.binary(min_size=receipt.BYTES, max_size=receipt.BYTES).map(receipt.write)


def bare(code: str) -> str:
    return code.replace("-", "")


@given(codes)
def test_what_was_written_is_read(code: str) -> None:
    assert receipt.read(code) == code
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 5]


@given(st.binary(min_size=receipt.BYTES, max_size=receipt.BYTES), st.binary(min_size=receipt.BYTES, max_size=10))
def test_another_number_is_another_code(one: bytes, other: bytes) -> None:
    assert (receipt.write(one) == receipt.write(other)) == (one == other)


@given(codes, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_a_single_wrong_symbol_is_caught(code: str, place: int, symbol: str) -> None:
    symbols = bare(code)
    wrong = symbols[:place] + symbol + symbols[place + 1 :]
    assert (receipt.read(wrong) is None) == (wrong != symbols)


@given(codes)
def test_every_swap_of_two_symbols_is_caught(code: str) -> None:
    symbols = bare(code)
    for first in range(17):
        for second in range(first + 1, 17):
            swapped = list(symbols)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            wrong = "".join(swapped)
            assert (receipt.read(wrong) is None) == (wrong != symbols)


@given(codes)
def test_how_it_is_written_down_does_not_matter(code: str) -> None:
    heard = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert receipt.read(f"  {heard} ") == code
    assert receipt.read(code.replace("1", "I")) == code
    full_width = "".join(chr(ord(symbol) + 0xFEE0) if symbol != "-" else symbol for symbol in code)
    assert receipt.read(full_width) == code


@pytest.mark.parametrize("text", ["", "-", "0000", "0" * 18, "U" * 17, "示" * 17, "0000-0000-0000-0000*"])
def test_what_is_no_receipt_is_none(text: str) -> None:
    assert receipt.read(text) is None


def test_a_known_receipt() -> None:
    """Written down so that codes which reporters hold stay readable: the form never changes."""
    assert receipt.write(bytes(range(10))) == KNOWN
    assert receipt.read(KNOWN) == KNOWN
