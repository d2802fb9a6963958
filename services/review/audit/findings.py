"""What an audit finds, and a record as it reads it. Values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


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
class Record:
    """One record of a case, at its place among the export's lines."""

    place: int
    type: str
    at: datetime
    data: dict[str, Any]
