"""Guessing a receipt is slowed down; who has one is not. The time is an argument."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.doors.guesses import (
    DISTRICT,
    FAILED,
    MISTYPED,
    PEER,
    ROTATION_SECONDS,
    Guesses,
    Limit,
    Tally,
    network_of,
)
from services.intake.returns import receipt

HERE, THERE = "192.0.2.7", "192.0.2.8"


def new_keys() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield number.to_bytes(32)


@pytest.fixture
def guesses() -> Guesses:
    numbers = new_keys()
    return Guesses(lambda: next(numbers))


def fail(guesses: Guesses, times: int, now: float, address: str = HERE, weight: int = FAILED) -> None:
    for _ in range(times):
        guesses.fail("430406", address, weight, now)


def wait(guesses: Guesses, now: float, address: str = HERE, district: str = "430406") -> int:
    return guesses.wait(district, address, now)


def test_the_tenth_failure_shuts_a_peer_out_until_the_first_is_old(guesses: Guesses) -> None:
    for second in range(10):
        assert wait(guesses, second) == 0
        fail(guesses, 1, second)
    assert wait(guesses, 10) == PEER.seconds - 10
    assert wait(guesses, PEER.seconds - 0.5) == 1
    assert wait(guesses, PEER.seconds) == 0


def test_another_peer_and_another_district_are_not_concerned(guesses: Guesses) -> None:
    fail(guesses, 10, 0)
    assert wait(guesses, 0) > 0
    assert wait(guesses, 0, THERE) == 0
    assert wait(guesses, 0, HERE, "990001") == 0


def test_a_slip_counts_a_tenth(guesses: Guesses) -> None:
    fail(guesses, 99, 0, weight=MISTYPED)
    assert wait(guesses, 0) == 0
    fail(guesses, 1, 0, weight=MISTYPED)
    assert wait(guesses, 0) > 0


def test_many_peers_together_are_slowed_down_for_a_minute(guesses: Guesses) -> None:
    for number in range(DISTRICT.failures):
        fail(guesses, 1, 0, f"198.51.{number // 250}.{number % 250}")
    assert wait(guesses, 0, THERE) == DISTRICT.seconds
    assert wait(guesses, DISTRICT.seconds, THERE) == 0


def test_after_an_hour_the_key_is_another_and_no_peer_is_remembered(guesses: Guesses) -> None:
    assert wait(guesses, 0) == 0
    fail(guesses, 10, ROTATION_SECONDS - 1)
    assert wait(guesses, ROTATION_SECONDS - 1) > 0
    assert wait(guesses, ROTATION_SECONDS) == 0


def test_who_failed_long_ago_takes_no_memory(guesses: Guesses) -> None:
    for second in range(3000):
        fail(guesses, 1, second, f"198.51.{second // 250}.{second % 250}")
    assert len(guesses._peers) == PEER.seconds


def test_no_address_is_kept(guesses: Guesses) -> None:
    fail(guesses, 3, 0)
    assert HERE not in repr(vars(guesses))
    assert HERE.encode() not in b"".join(guesses._peers)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", HERE, True),
        (HERE, THERE, False),
        ("unix:", "unix:", True),
    ],
)
def test_what_one_connection_may_use_is_one_peer(one: str, other: str, is_same: bool) -> None:
    assert (network_of(one) == network_of(other)) is is_same


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from([FAILED, MISTYPED])), max_size=60))
def test_whoever_waits_as_long_as_told_is_heard(failures: list[tuple[float, int]]) -> None:
    tally = Tally(Limit(3, 30))
    for at, weight in sorted(failures):
        tally.fail(weight, at)
    assert tally.wait(100 + tally.wait(100)) == 0


@given(st.lists(st.floats(0, 100), max_size=60))
def test_no_more_than_the_limit_in_any_stretch(times: list[float]) -> None:
    tally, heard = Tally(Limit(3, 30)), []
    for at in sorted(times):
        if tally.wait(at) == 0:
            tally.fail(FAILED, at)
            heard.append(at)
    assert all(later - first >= 30 for first, later in zip(heard, heard[3:], strict=False))


def test_what_cannot_be_a_receipt_is_a_slip_and_a_partners_own_is_none() -> None:
    code = receipt.write(bytes(range(10)))
    wrong = code[:-1] + ("1" if code[-1] != "1" else "2")
    assert not receipt.is_mistyped(code)
    assert not receipt.is_mistyped(code.lower().replace("-", " "))
    assert all(map(receipt.is_mistyped, (wrong, "", "ABC", "x" * 65, "金丝雀")))
    assert not receipt.is_mistyped("yidiantong-2023-000812")
    assert receipt.known_as(f" {code.lower()} ") == code
    assert receipt.known_as(" yidiantong-2023-000812\n") == "yidiantong-2023-000812"
