"""The sealed path: who alone may read a petition, and what of it stays here (规则15). Functions of values.

Whom a petition is about is recognised by what a person writes, so it is a guess, and made to err on one side: one
sealed too many comes back from the superior; one too few is read by the people whom it is about.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from xinfang_contracts.district import District, Leader, LeaderRole
from xinfang_contracts.intake import Accused, PetitionContent, PetitionSealed, SealedFile, SealedPetition

from services.runtime.clock import due_at
from services.runtime.rules import Output, Seal

from ..script import normal, simplified

HEADS = ("领导", "负责")
"""In somebody's post inside the organ they mean its leadership; elsewhere they mean anybody's."""
_BETWEEN = "(?:的|现任|时任|前任|常务|党组|机关|监委)?"
# Whoever writes to the secretary does not complain of him by that; what follows is looked at all the same.
_SALUTATION = re.compile(r"^\W*(?:尊敬|敬爱)的\w{1,20}(?::|[,!]?\s*[您你]们?好)")
_UNWRITTEN = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A part of a file as ciphertext for one reader: which file, which of its parts, of how many."""

    file: int
    part: int
    of: int
    content: str


@dataclass(frozen=True, slots=True)
class Reopened:
    """A petition from the vault, opened in memory and sealed again for ``reader``, with all that was kept on it."""

    reader: str
    sealed: str
    parts: tuple[SealedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """A petition whose data key and documents are to be destroyed."""

    petition: str


# -- who alone may read it -------------------------------------------------------------------------------------------


def principal_of(district: District) -> Leader:
    """The organ's own principal."""
    return district.leaders_of(LeaderRole.PRINCIPAL)[0]


def sealed_reader(content: PetitionContent, district: District) -> str | None:
    """Who alone may read this petition, or None when it may be registered here (规则15).

    On the organ's own leadership, accused or only named in the text: the superior, straight. On a cadre whom a higher
    level manages: the organ's own principal, who reports it up; but the superior where it may be that principal.
    """
    words, superior = _words_of(district), district.remit.superior
    text = _plain(_SALUTATION.sub("", normal(content.text)))
    if words.name_leader(text) or any(_is_leader(accused, words) for accused in content.accused):
        return superior
    higher = [accused for accused in content.accused if _is_higher(accused, district, words)]
    if any(_may_be_principal(accused, district, words) for accused in higher):
        return superior
    is_told_of = not any(accused.name for accused in content.accused) and any(post in text for post in words.higher)
    return principal_of(district).code if higher or is_told_of else None


def late_reader(ground: str, content: PetitionContent, district: District) -> str:
    """Who alone may read what a clerk has found to be sealed."""
    superior = district.remit.superior
    if ground == "own_leadership" or sealed_reader(content, district) == superior:
        return superior
    return principal_of(district).code


def _is_leader(accused: Accused, words: "_Words") -> bool:
    """By code, by name, by a form of address in any of the fields, or by a post in the organ."""
    name, where, post = (_plain(one or "") for one in (accused.name, accused.organisation, accused.post))
    if accused.unit in words.codes or any(
        words.name_leader(text) for text in (where + post, where + name, post + name)
    ):
        return True
    if not words.are_of_organ(where):
        return False
    if not name and not post:
        return True  # the organ itself is accused, and its leadership answers for it
    return any(known in post or known in name or (post and post in known) for known in words.in_organ)


def _is_higher(accused: Accused, district: District, words: "_Words") -> bool:
    """By rank or by post: a rank that a reporter guesses too low must not keep the petition here."""
    told = _plain(f"{accused.organisation or ''}{accused.post or ''}{accused.name or ''}")
    return accused.rank in district.remit.higher_ranks or any(post in told for post in words.higher)


def _may_be_principal(accused: Accused, district: District, words: "_Words") -> bool:
    """Whether nothing tells a cadre of that rank from the organ's own principal, who is of that rank as a rule."""
    where = _plain(accused.organisation or "")
    if words.are_of_organ(where):
        return True
    if accused.name and principal_of(district).names:
        return False
    # The principal sits on the standing committee of the district's party committee.
    kind, short = district.name[-1], where.replace(words.district, "")
    return "常委" in (accused.post or "") or short in ("", kind, f"{kind}委", f"{kind}委常委")


@dataclass(frozen=True, slots=True)
class _Words:
    """What a district file says of how people are named, in plain form.

    addresses: a form of address of the leadership; in_organ: what in a post inside the organ means its leadership;
    higher: posts of a higher level's cadres; units: names of units, which stand for the unit and not for the organ.
    """

    district: str
    codes: frozenset[str]
    organ: tuple[str, ...]
    names: tuple[str, ...]
    addresses: re.Pattern[str]
    in_organ: tuple[str, ...]
    higher: tuple[str, ...]
    units: tuple[str, ...]
    town_ends: tuple[str, ...]

    def name_leader(self, text: str) -> bool:
        """A leader's name, or one of the organ's names with a leader's post behind it."""
        if any(name in text for name in self.names):
            return True
        if not any(name in text for name in self.organ):
            return False  # as nearly always, and much sooner known
        return self.addresses.search(self._without_units(text)) is not None

    def are_of_organ(self, where: str) -> bool:
        """The organ by one of its names or by a part of one (区纪委), but not by the district's name alone."""
        where = self._without_units(where)
        if where.endswith(tuple(end + organ for end in self.town_ends for organ in self.organ)):
            return False
        short = where.replace(self.district, "")
        is_part = len(short) > 1 and short not in self.district
        return any(organ in where or (is_part and short in organ) for organ in self.organ)

    def _without_units(self, text: str) -> str:
        for unit in self.units:
            text = text.replace(unit, "\n")
        return text


_KNOWN: dict[str, _Words] = {}


def _words_of(district: District) -> _Words:
    """Made once for each revision: petitions come by the hundred a second."""
    if district.revision not in _KNOWN:
        organ = _plain_words([district.organ, *district.organ_names])
        posts = _plain_words(post for leader in district.leaders for post in leader.posts)
        town_ends = _plain_words({town.name[-1] for town in district.towns})
        _KNOWN[district.revision] = _Words(
            district=_plain(district.name),
            codes=frozenset(leader.code for leader in district.leaders),
            organ=organ,
            names=_plain_words(name for leader in district.leaders for name in leader.names),
            addresses=_addresses(organ, posts, town_ends),
            in_organ=(*posts, *_plain_words(leader.title for leader in district.leaders), *HEADS),
            higher=_plain_words(district.remit.posts),
            units=_plain_words(unit.name for unit in district.units),
            town_ends=town_ends,
        )
    return _KNOWN[district.revision]


def _addresses(organ: Sequence[str], posts: Sequence[str], town_ends: Sequence[str]) -> re.Pattern[str]:
    """区纪委书记, 纪委张书记, 纪委的一把手; not 镇纪委书记, who is the district's to handle."""
    names, ends = ("|".join(map(re.escape, words)) for words in (organ, posts))
    before = "".join(f"(?<!{re.escape(end)})" for end in town_ends)
    return re.compile(rf"{before}(?:{names}){_BETWEEN}\w{{0,2}}(?:{ends})" if ends else r"(?!)")


def _plain_words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, map(_plain, words)), key=len, reverse=True))


def _plain(text: str) -> str:
    """Without what a name is written with or without: blanks, marks, full-width forms, traditional characters."""
    return simplified(_UNWRITTEN.sub("", normal(text)).casefold())


# -- what of it stays here -------------------------------------------------------------------------------------------


def seal(
    number: str, reader: str, sealed: str, district: District, now: datetime, parts: Sequence[SealedPart] = ()
) -> list[Output]:
    """The item leaves for its one reader; number, time and the digest of the ciphertext stay.

    From the principal it must go up within the clock of 规则15, which starts now.
    """
    due = hand_over_due(district, now)
    fact = PetitionSealed(
        petition=number,
        reader=reader,
        received_at=now,
        digest=digest_of(sealed),
        due_at=due if reader == principal_of(district).code else None,
        hand_over_due_at=due,
    )
    envelope = SealedPetition(petition=number, district=district.code, received_at=now, content=sealed)
    return [fact, Seal(reader, envelope), *seal_files(reader, envelope, parts)]


def hand_over_due(district: District, now: datetime) -> datetime:
    """By when a reader is to say that it has what is sealed for it now. No source gives it: the clock of 规则15."""
    return due_at(now, district.clocks[district.remit.clock], district.calendar)


def seal_files(reader: str, envelope: SealedPetition, parts: Sequence[SealedPart]) -> list[Seal]:
    """Files, part by part, for who reads what they came with: a reporter can come back with more, file 0 again."""
    beside = digest_of(envelope.content)
    files = (
        SealedFile(
            petition=envelope.petition,
            district=envelope.district,
            file=one.file,
            part=one.part,
            of=one.of,
            content=one.content,
            beside=beside,
        )
        for one in parts
    )
    return [Seal(reader, file) for file in files]


def digest_of(sealed: str) -> str:
    """SHA-256 of a JWE's text, in hex: a fresh key and nonce are in it, so it confirms no guess at the content."""
    return hashlib.sha256(sealed.encode()).hexdigest()


def is_sealed_for(sealed: str, reader: str, kids: Mapping[str, str]) -> bool:
    """Whether a JWE's header, which is no secret, names the reader's key and the algorithms that are used here."""
    head = sealed.partition(".")[0]
    try:
        header = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        return False
    expected = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": kids[reader]}
    return isinstance(header, dict) and expected.items() <= header.items()
