"""The lines of an export: each is canonical JSON with its own sum, so that no byte of it can change unseen. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xinfang_contracts.signing import HeadsPublished, canonical

from .heads import leaves_of
from .tree import proof

FORMAT = 1
KINDS = ("records", "keys", "publications", "proofs")
"""What follows the header, in this order; the header says how many of each."""
KEY_FACTS = ("review.key_offered.v1", "review.key_enrolled.v1", "review.key_revoked.v1")


@dataclass(frozen=True, slots=True)
class Said:
    """A fact as the stream has it: its type, its event id and time (ISO 8601), its body as JSON."""

    type: str
    id: str
    time: str
    data: Mapping[str, Any]


class Broken(Exception):
    """A line that is not as it was written."""


def export(petition: str, facts: Sequence[Said], keys: Sequence[Said], publications: Sequence[Said]) -> bytes:
    """One case: its records, the keys of whoever has a part in it, and the newest publication with the case's proof.

    facts: those of the petition; keys: the district's KEY_FACTS; publications: all of the district's, in order.
    ValueError where no fact is a record.
    """
    district = petition.split("-")[0]
    records = sorted((one for one in facts if "link" in one.data), key=lambda one: one.data["link"]["place"])
    if not records:
        raise ValueError(petition)
    named = {f"{district}.{one.data[field]}" for one in records for field in ("actor", "unit") if field in one.data}
    concerned = [one for one in keys if one.data["signer"] in named]
    published, proofs = _newest(petition, publications)
    parts: dict[str, list[Any]] = {
        "records": [_as_json(one) for one in records],
        "keys": [_as_json(one) for one in concerned],
        "publications": published,
        "proofs": proofs,
    }
    header = {"district": district, "format": FORMAT, "petition": petition}
    counts = {kind: len(parts[kind]) for kind in KINDS}
    return b"".join(write(one) for one in [header | counts, *(part for kind in KINDS for part in parts[kind])])


def _newest(petition: str, publications: Sequence[Said]) -> tuple[list[Any], list[Any]]:
    """The newest publication without what has grown, and the proof that the case's newest published head is in it."""
    ends: dict[str, tuple[int, str]] = {}
    for one in publications:
        said = HeadsPublished.model_validate(one.data)
        ends |= {grown.petition: (grown.place, grown.head) for grown in said.grown}
    if not publications:
        return [], []
    last = publications[-1]
    shown = _as_json(last) | {"data": {name: part for name, part in last.data.items() if name != "grown"}}
    if petition not in ends:
        return [shown], []
    index, (place, head) = sorted(ends).index(petition), ends[petition]
    return [shown], [{"head": head, "index": index, "path": proof(leaves_of(ends), index), "place": place}]


def _as_json(said: Said) -> dict[str, Any]:
    return {"data": said.data, "id": said.id, "time": said.time, "type": said.type}


def write(content: Mapping[str, Any]) -> bytes:
    """One line."""
    return canonical({"content": content, "sum": _sum(content)}).encode() + b"\n"


def read(line: bytes) -> dict[str, Any]:
    """What stands in a line. Broken where any byte of it is not as ``write`` wrote it."""
    try:
        found = json.loads(line)
        is_whole = canonical(found).encode() == line and found["sum"] == _sum(found["content"])
        content: dict[str, Any] = found["content"]
        if not is_whole or found.keys() != {"content", "sum"} or not isinstance(content, dict):
            raise Broken
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Broken from None
    return content


def _sum(content: Any) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def split(text: bytes) -> list[bytes]:
    """The lines without their ends; what stands after the last end is a line too."""
    lines = text.split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def in_order(facts: Iterable[Said]) -> list[Said]:
    """Publications by number, each once."""
    once = {one.data["number"]: one for one in facts}
    return [once[number] for number in sorted(once)]
