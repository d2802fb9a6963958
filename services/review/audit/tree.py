"""A Merkle tree as RFC 6962 has it (2.1): one hash over all leaves, and a short proof of each. Pure."""

import hashlib
from collections.abc import Sequence

from xinfang_contracts.message import PetitionNumber
from xinfang_contracts.signing import canonical


def leaf(petition: PetitionNumber, place: int, head: str) -> bytes:
    """The leaf of a case: how many records it has, and the newest one's hash."""
    return canonical({"head": head, "petition": petition, "place": place}).encode()


def root(leaves: Sequence[bytes]) -> str:
    """The tree's hash, in hex."""
    return _root([_leaf_hash(one) for one in leaves]).hex()


def proof(leaves: Sequence[bytes], index: int) -> list[str]:
    """The audit path of one leaf, from its sibling up. IndexError when there is none."""
    return [one.hex() for one in _path([_leaf_hash(one) for one in leaves], range(len(leaves))[index])]


def holds(one: bytes, index: int, size: int, path: Sequence[str], expected: str) -> bool:
    """Whether this leaf stands at this place of a tree of so many leaves with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    found, last = _leaf_hash(one), size - 1
    for step in path:
        if last == 0:
            return False
        sibling = bytes.fromhex(step)
        if index % 2 or index == last:
            found = _node_hash(sibling, found)
            while index and not index % 2:
                index, last = index // 2, last // 2
        else:
            found = _node_hash(found, sibling)
        index, last = index // 2, last // 2
    return last == 0 and found.hex() == expected


def _root(hashes: Sequence[bytes]) -> bytes:
    """From the leaves up, pair by pair; who is left over goes up as they are. The same tree as 2.1's."""
    if not hashes:
        return hashlib.sha256().digest()
    level = list(hashes)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def _path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    path, level = [], list(hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level, index = _above(level), index // 2
    return path


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [_node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs if len(level) % 2 == 0 else [*pairs, level[-1]]


def _leaf_hash(one: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + one).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
