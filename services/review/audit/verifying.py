"""Whether an export proves what it says: from its own bytes, the public keys and a published head alone. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from xinfang_contracts.district import District
from xinfang_contracts.registry import BY_TYPE, Kind
from xinfang_contracts.signing import HeadsPublished, PublicJwk, publication_hash, record_hash

from . import tree
from .findings import Finding, Record, Verdict
from .lines import FORMAT, KEY_FACTS, KINDS, Broken, read, split
from .signatures import Keyring
from .voices import Voices

Trusted = Mapping[str, tuple[str, PublicJwk]]
"""Public keys that the verifier has from the persons themselves: key -> (person, public key)."""
PUBLISHED = "review.heads_published.v1"


def verify(
    text: bytes, trusted: Trusted | None = None, head: str | None = None, file: District | None = None
) -> Verdict:
    """Everything that can be known of it. file: the district's, where it allows what is not signed."""
    verdict = Verdict()
    lines = split(text)
    header = _header(lines[0] if lines else b"")
    if header is None:
        verdict.faults.append(Finding("header"))
        return verdict
    verdict.petition = header["petition"]
    parts = _parts(lines[1:], header, verdict)
    keys = _keys(parts["keys"], trusted, verdict)
    records = _chain(parts["records"], header["petition"], verdict)
    if len(records) == len(parts["records"]):
        # What a damaged record said is not known: what others say of it would only be guessed at.
        Voices(records, keys, header["district"], file, verdict).check()
    _published(parts, records, header, head, verdict)
    verdict.records = len(records)
    if trusted is None and verdict.signatures:
        verdict.notes.append(Finding("keys_of_export"))
    return verdict


def _header(line: bytes) -> dict[str, Any] | None:
    try:
        header = read(line)
    except Broken:
        return None
    is_ours = header.keys() == {"district", "format", "petition", *KINDS} and header["format"] == FORMAT
    return header if is_ours and all(type(header[kind]) is int for kind in KINDS) else None


def _parts(lines: Sequence[bytes], header: dict[str, Any], verdict: Verdict) -> dict[str, list[Any]]:
    """The lines by kind, by their place alone; what cannot be read is None there."""
    wanted = [(kind, place) for kind in KINDS for place in range(1, header[kind] + 1)]
    parts: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for (kind, place), line in zip(wanted, lines, strict=False):
        try:
            parts[kind].append(read(line))
        except Broken:
            parts[kind].append(None)
            if kind == "records":
                verdict.faults.append(Finding("line", place))
            else:
                verdict.faults.append(Finding("line", detail=f"{kind} {place}"))
    if len(wanted) != len(lines):
        verdict.faults.append(Finding("missing", detail=f"{len(lines)} ≠ {len(wanted)}"))
    return parts


def _keys(lines: Sequence[Any], trusted: Trusted | None, verdict: Verdict) -> Keyring:
    keys = Keyring(trusted=trusted)
    for place, line in enumerate(lines, 1):
        if line is None:
            continue
        key = f"keys {place}"
        try:
            key = str(line["data"]["key"])
            is_known = line["type"] in KEY_FACTS and keys.learn(line["type"], line["data"])
        except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
            is_known = False
        if not is_known:
            verdict.faults.append(Finding("key", detail=key))
    return keys


def _chain(lines: Sequence[Any], petition: str, verdict: Verdict) -> list[Record]:
    """The records that are readable; each one's hash, and whether it follows the one before it."""
    found, before, is_known = [], None, True
    for place, line in enumerate(lines, 1):
        if line is None:
            is_known = False
            continue
        try:
            type_, data, link = line["type"], line["data"], line["data"]["link"]
            record = Record(place, type_, datetime.fromisoformat(line["time"]), data)
            entry = BY_TYPE.get(type_)
            is_fact = entry is not None and entry.kind is Kind.FACT and "link" in entry.model.model_fields
            digest, previous = record_hash(type_, data, link["place"], link.get("previous")), link.get("previous")
            codes = [
                *(["unknown_type"] if not is_fact else []),
                *(["other_petition"] if data["petition"] != petition else []),
                *(["misplaced"] if link["place"] != place else []),
                *(["previous"] if is_known and previous != before else []),
                *(["hash"] if digest != link["hash"] else []),
            ]
            before, is_known = link["hash"], True
        except (ValueError, KeyError, TypeError, AttributeError):
            verdict.faults.append(Finding("line", place))
            is_known = False
            continue
        verdict.faults += [Finding(code, place, type_) for code in codes]
        found.append(record)
    return found


def _published(
    parts: Mapping[str, list[Any]],
    records: Sequence[Record],
    header: dict[str, Any],
    head: str | None,
    verdict: Verdict,
) -> None:
    """The publication's own hash, and the case's place in its tree."""
    shown, proofs = parts["publications"], parts["proofs"]
    if not shown or not proofs:
        found = Finding("unpublished" if head is not None else "never_published")
        (verdict.faults if head is not None else verdict.notes).append(found)
        return
    if shown[0] is None or proofs[0] is None:
        return
    try:
        said = HeadsPublished.model_validate(shown[0]["data"] | {"grown": []})
        is_whole = shown[0]["type"] == PUBLISHED and publication_hash(header["district"], shown[0]["data"]) == said.hash
        proof = proofs[0]
        place, leaf = proof["place"], tree.leaf(header["petition"], proof["place"], proof["head"])
        is_there = tree.holds(leaf, proof["index"], said.cases, proof["path"], said.root)
    except (ValidationError, ValueError, KeyError, TypeError):
        verdict.faults.append(Finding("publication"))
        return
    verdict.published = (said.number, said.on.isoformat(), said.hash)
    if not is_whole:
        verdict.faults.append(Finding("publication"))
    if head is None:
        verdict.notes.append(Finding("head_of_export"))
    elif head != said.hash:
        verdict.faults.append(Finding("other_head", detail=said.hash))
    ends = {one.place: one.data["link"]["hash"] for one in records}
    if not is_there or (place in ends and ends[place] != proof["head"]):
        verdict.faults.append(Finding("proof", place))
    elif place not in ends and place > header["records"]:
        verdict.faults.append(Finding("missing", place))
    elif any(one.place > place for one in records):
        verdict.notes.append(Finding("newer_records", place + 1))
