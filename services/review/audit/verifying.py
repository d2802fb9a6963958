"""Whether an export proves what it says: from its own bytes, the public keys and a published head alone. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from xinfang_contracts.district import District
from xinfang_contracts.registry import BY_TYPE, Kind
from xinfang_contracts.signing import HeadsPublished, PublicJwk, publication_hash, record_hash

from ..chain import reviewers
from . import tree
from .lines import FORMAT, KEY_FACTS, KINDS, Broken, read, split
from .signatures import DECISIONS, Keyring, Version
from .signatures import wrong as wrong_signature

Trusted = Mapping[str, tuple[str, PublicJwk]]
"""Public keys that the verifier has from the persons themselves: key -> (person, public key)."""
SUBMITTED, GIVEN, CONCLUDED = "review.report_submitted.v1", "review.opinion_given.v1", "review.case_concluded.v1"
ASSESSED, APPROVED, REFUSED = (f"review.clarification_{step}.v1" for step in ("assessed", "approved", "refused"))
PUBLISHED = "review.heads_published.v1"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, or worth knowing: a code of words.py; where: the record's place and type, if it is of one."""

    code: str
    place: int | None = None
    type: str | None = None
    detail: str | None = None


@dataclass
class Verdict:
    """What came of it. published: number, day and hash of the publication that the case was proven up to."""

    petition: str = ""
    records: int = 0
    signatures: int = 0
    faults: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    published: tuple[int, str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Record:
    place: int
    type: str
    at: datetime
    data: dict[str, Any]


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
        _Audit(records, keys, header["district"], file, verdict).check()
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


def _chain(lines: Sequence[Any], petition: str, verdict: Verdict) -> list[_Record]:
    """The records that are readable; each one's hash, and whether it follows the one before it."""
    found, before, is_known = [], None, True
    for place, line in enumerate(lines, 1):
        if line is None:
            is_known = False
            continue
        try:
            type_, data, link = line["type"], line["data"], line["data"]["link"]
            record = _Record(place, type_, datetime.fromisoformat(line["time"]), data)
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


class _Audit:
    """Goes through a case's records in their order: whose word each is, and whether what it needs was said before."""

    def __init__(
        self, records: Sequence[_Record], keys: Keyring, district: str, file: District | None, verdict: Verdict
    ) -> None:
        self._records = records
        self._keys = keys
        self._district = district
        self._file = file
        self._verdict = verdict
        self._over: str | None = None
        self._version: int | None = None
        self._unit = ""
        self._assessed: dict[int, str] = {}
        self._seen: list[str] = []
        self._voices: dict[str, str | None] = {}

    def check(self) -> None:
        """All of them."""
        for one in self._records:
            try:
                self._check(one)
            except (ValueError, KeyError, TypeError, AttributeError):
                self._fault("line", one)

    def _check(self, one: _Record) -> None:
        if one.type == SUBMITTED:
            self._over, self._version = (one.data.get("report") or {}).get("digest"), one.data["version"]
            self._unit, self._seen, self._voices = one.data["unit"], [], {}
        elif one.type == ASSESSED:
            self._assessed[one.data["number"]] = one.data["document"]["digest"]
        elif one.type in (APPROVED, REFUSED):
            self._clarification(one)
        elif one.type in DECISIONS:
            self._decision(one)
        elif one.type == CONCLUDED:
            self._conclusion(one)
        self._seen.append(one.data["link"]["hash"])

    def _decision(self, one: _Record) -> None:
        if one.data["version"] != self._version:
            self._fault("not_reported", one)
        actor = one.data["actor"]
        person = (one.data.get("signed") or {}).get("person")
        if "signed" not in one.data:
            self._unsigned(one)
        else:
            signer = f"{self._district}.{actor}"
            code = wrong_signature(one.type, one.data, signer, Version(self._over, self._seen), self._keys, one.at)
            if code is None:
                self._verdict.signatures += 1
            else:
                self._fault(code, one)
            if person in {voice for name, voice in self._voices.items() if name != actor}:
                self._fault("same_person", one)
            if person in self._keys.persons_of(f"{self._district}.{self._unit}"):
                self._fault("own_case", one)
        if one.type == GIVEN:
            self._voices[actor] = person

    def _clarification(self, one: _Record) -> None:
        """The principal's word on a clarification, signed over its assessment; a refusal at that step needs none."""
        if one.data.get("step") == "assessment":
            return
        if "signed" not in one.data:
            self._unsigned(one)
            return
        signer = f"{self._district}.{one.data['by']}"
        version = Version(self._assessed.get(one.data["number"]), self._seen)
        code = wrong_signature(one.type, one.data, signer, version, self._keys, one.at)
        if code is not None:
            self._fault(code, one)
        else:
            self._verdict.signatures += 1
        if one.data["signed"]["person"] in self._keys.persons_of(f"{self._district}.{self._unit}"):
            self._fault("own_case", one)

    def _unsigned(self, one: _Record) -> None:
        if self._file is not None and self._file.review.signatures != "required":
            self._verdict.notes.append(Finding("unsigned", one.place, one.type))
        else:
            self._fault("unsigned", one)

    def _conclusion(self, one: _Record) -> None:
        if one.data["version"] != self._version:
            self._fault("not_reported", one)
        demanded = [actor for step in one.data.get("demanded") or [] for actor in step]
        missing = [actor for actor in demanded if actor not in self._voices]
        if missing or not demanded:
            self._fault("voice_missing", one, "、".join(missing) or None)
        if self._file is not None and not self._is_of_file(one):
            self._fault("other_chain", one)

    def _is_of_file(self, one: _Record) -> bool:
        """Whether the file has this chain for this unit, and no more steps than were demanded."""
        if self._file is None or (unit := self._file.unit(one.data["unit"])) is None:
            return False
        chain = next((chain for chain in self._file.chains if chain.code == one.data["chain"]), None)
        if chain is None or unit.kind not in chain.applies_to:
            return False
        demanded = one.data.get("demanded") or []
        # The superior, who steps in where nobody else is left, may hold several places with one voice.
        is_above = any(self._file.remit.superior in step for step in demanded)
        return is_above or len(demanded) >= len(reviewers(self._file, unit, ()))

    def _fault(self, code: str, one: _Record, detail: str | None = None) -> None:
        self._verdict.faults.append(Finding(code, one.place, one.type, detail))


def _published(
    parts: Mapping[str, list[Any]],
    records: Sequence[_Record],
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
