"""The tree over all chains (RFC 6962), and the publications that follow each other."""

from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xinfang_contracts.signing import HeadsPublished, publication_hash

from services.review.audit.heads import MOST, Ending, Ends, HeadsDue, leaves_of, publish
from services.review.audit.tree import holds, proof, root
from tests.rules.given import NOW

LEAVES = [bytes([place]) * place for place in range(9)]
DUE = HeadsDue(on=date(2023, 3, 2))


def by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word: split at the largest power of two below the number of leaves."""
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + by_the_book(leaves[:k]) + by_the_book(leaves[k:])).digest()


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40))
def test_the_root_is_the_standards(leaves: list[bytes]) -> None:
    assert root(leaves) == by_the_book(leaves).hex()


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_every_leaf_is_proven_in_its_place_and_no_other_in_it(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = proof(leaves, index)
    assert holds(leaves[index], index, len(leaves), path, root(leaves))
    assert not holds(leaves[index] + b"x", index, len(leaves), path, root(leaves))
    assert not holds(leaves[index], index, len(leaves), [*path, "00" * 32], root(leaves))
    if path:
        assert not holds(leaves[index], index, len(leaves), path[:-1], root(leaves))


def test_a_place_outside_the_tree_is_none() -> None:
    assert not holds(b"", -1, 1, [], root([b""])) and not holds(b"", 1, 1, [], root([b""]))
    with pytest.raises(IndexError):
        proof(LEAVES, 9)


def ends(first: int, last: int, head: str = "5c") -> Ends:
    return {f"430406-2023-{place:06d}": (place, head * 32) for place in range(first, last + 1)}


def published(ending: Ending) -> HeadsPublished:
    (said,) = publish(None, DUE, ending, now=NOW)
    assert isinstance(said, HeadsPublished)
    return said


def test_a_publication_is_over_every_chain_and_names_those_that_have_grown() -> None:
    said = published(Ending("430406", published=ends(1, 5), grown=ends(4, 7, "7d"), number=3, hash="0a" * 32))
    assert (said.number, said.cases, said.previous) == (4, 7, "0a" * 32)
    assert [one.petition[-1] for one in said.grown] == ["4", "5", "6", "7"]
    assert said.root == root(leaves_of({**ends(1, 5), **ends(4, 7, "7d")}))
    assert said.hash == publication_hash("430406", said.model_dump(mode="json", exclude_none=True))


def test_each_publication_holds_the_hash_of_the_one_before() -> None:
    first = published(Ending("430406", published={}, grown=ends(1, 2)))
    second = published(Ending("430406", published=ends(1, 2), grown=ends(3, 3), number=1, hash=first.hash))
    assert (first.previous, second.previous) == (None, first.hash)
    assert first.hash != second.hash


def test_the_same_ends_in_another_district_or_order_are_published_as_such() -> None:
    one, other = (published(Ending(code, published={}, grown=ends(1, 2))) for code in ("430406", "430407"))
    assert (one.root, one.hash == other.hash) == (other.root, False)
    turned = dict(reversed([*ends(1, 2).items()]))
    assert published(Ending("430406", published={}, grown=turned)).hash == one.hash


def test_nothing_is_published_where_nothing_has_grown() -> None:
    assert publish(None, DUE, Ending("430406", published=ends(1, 2), grown={}), now=NOW) == []


def test_more_than_fit_into_one_fact_are_published_one_after_another() -> None:
    grown = ends(1, MOST + 5)
    first = published(Ending("430406", published={}, grown=grown))
    assert (len(first.grown), first.cases) == (MOST, MOST)
    assert len(first.model_dump_json()) < 500_000
