"""What the rules on items need to know, what they give to be kept, and who may do what. Values only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import PetitionContent, RefusalReason, SealedPetition
from xinfang_contracts.message import DocumentRef

from services.runtime.rules import Keep, Refused, Seal, is_ours

from ..decide import petition_offices
from ..sealed.sealing import SealedPart, seal_files
from ..state import Erased as ErasedPetition
from ..state import State as Petition
from .state import Erased, State

LETTERS = {
    "R": "reception",
    "V": "outreach",
    "C": "concern",
    "M": "mediation",
    "S": "supervisor",
    "W": "guidance",
    "T": "training",
    "A": "recommendation",
}
"""The letter of an item's number -> what its texts are called in the vault."""


@dataclass(frozen=True, slots=True)
class Words:
    """An item's sealed content, opened in memory. ``plaintext``: what the vault keeps; ``ref``: as it is told of."""

    plaintext: bytes
    salt: bytes
    ref: DocumentRef
    village: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class SealedWords:
    """Words on a petition that is sealed, sealed for its reader. ``documents``: which of the item's they are."""

    reader: str
    sealed: str
    parts: tuple[SealedPart, ...]
    documents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know.

    number: the next of the kind that the message begins; petitions: those that it names, as far as there are any;
    sealed: its words, or its item's, where the petition that it names is sealed;
    contacts: of a petition, contact -> whether it was rated; serving: supervisor's item -> village, of the district;
    confirmed: a unit's confirmed petitions that no recommendation counts yet -> the day of the conclusion; reported:
    what those say that a recommendation was proposed for.
    """

    district: District
    actor: str
    number: str = ""
    words: Words | None = None
    petitions: Mapping[str, Petition] = field(default_factory=dict)
    sealed: SealedWords | None = None
    contacts: Mapping[str, bool] = field(default_factory=dict)
    serving: Mapping[str, str] = field(default_factory=dict)
    confirmed: Mapping[str, date] = field(default_factory=dict)
    reported: tuple[PetitionContent, ...] = ()


@dataclass(frozen=True, slots=True)
class ShelveWords:
    """Words for the vault, under their item's own data key, which is made with the first of them.

    Those that name a petition are the petition's: under its data key, kept and sealed and erased with it.
    """

    item: str
    words: Words
    petition: str | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """In which village an item is: known to intake alone. ``serves``: it is a supervisor who covers the village."""

    item: str
    village: str
    serves: bool = False


@dataclass(frozen=True, slots=True)
class ServesNoMore:
    """A supervisor covers the village no more."""

    item: str


@dataclass(frozen=True, slots=True)
class Contacted:
    """A petition's reporter was received or answered, or has rated it: never how."""

    petition: str
    contact: Literal["reception", "answer", "conclusion"]
    rated: bool = False


@dataclass(frozen=True, slots=True)
class HandedOver:
    """An item goes on as a petition, which takes its words along when it is sealed or erased."""

    item: str
    petition: str


@dataclass(frozen=True, slots=True)
class EraseItem:
    """Everything that the vault holds on an item is to be destroyed."""

    item: str


def is_petition_office(facts: Facts) -> bool:
    """信访室."""
    return facts.actor in petition_offices(facts.district)


def offices_of(unit: str, district: District) -> list[str]:
    """Who supervises a unit's rectification: the petition office, the unit's linked office, case management."""
    known = district.unit(unit)
    linked = [known.linked_office] if known is not None and known.linked_office is not None else []
    cases = [office.code for office in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
    return list(dict.fromkeys([*petition_offices(district), *linked, *cases]))


def may_work_in(facts: Facts, town: str | None) -> bool:
    """The petition office everywhere, a town's own unit in its town."""
    unit = facts.district.unit(facts.actor)
    return is_petition_office(facts) or (unit is not None and unit.town is not None and unit.town == town)


def unknown_among(people: Iterable[str], district: District) -> bool:
    """Whether somebody named is no office, leader or unit of the district."""
    parts = (district.offices, district.leaders, district.units)
    known = {one.code for part in parts for one in part}
    return not known.issuperset(people)


def is_town(town: str | None, district: District) -> bool:
    """Whether it is a town of the district; none given is fine."""
    return town is None or district.town_of(town) == town


def misplaced(facts: Facts, town: str | None) -> bool:
    """Whether the sealed words name a village that is not in that town."""
    village = None if facts.words is None else facts.words.village
    if village is None:
        return False
    return not facts.district.is_village(village) or facts.district.town_of(village) != town


def missing(state: State, item: str, district: District) -> Refused | None:
    """Why nothing can be done about an item; None when it is there."""
    if state is None or not is_ours(item, district):
        return Refused(RefusalReason.UNKNOWN_ITEM)
    return Refused(RefusalReason.ERASED) if isinstance(state, Erased) else None


def unnamed(petition: str, facts: Facts) -> Refused | None:
    """Why a message cannot name a petition; None when it can: it is there, and this district's."""
    state = facts.petitions.get(petition)
    if state is None or not is_ours(petition, facts.district):
        return Refused(RefusalReason.UNKNOWN_PETITION)
    return Refused(RefusalReason.ERASED) if isinstance(state, ErasedPetition) else None


def shelve(item: str, facts: Facts, petition: str | None = None) -> list[Keep]:
    """The words that came with a message, for the vault; nothing when there were none."""
    return [] if facts.words is None else [Keep(ShelveWords(item, facts.words, petition))]


def seal_words(petition: str, words: SealedWords, facts: Facts, now: datetime) -> list[Seal]:
    """Words on a sealed petition leave for its one reader, sealed beside it; nobody here keeps them."""
    envelope = SealedPetition(petition=petition, district=facts.district.code, received_at=now, content=words.sealed)
    return [Seal(words.reader, envelope), *seal_files(words.reader, envelope, words.parts)]


def ref_of(facts: Facts) -> DocumentRef | None:
    """How the words that came are told of."""
    return None if facts.words is None else facts.words.ref


def required(facts: Facts) -> Words:
    """The words that must have come."""
    if facts.words is None:
        raise ValueError("what is sealed comes opened")
    return facts.words


def placed(item: str, facts: Facts) -> list[Keep]:
    """The village that the words name, for intake's own table."""
    village = None if facts.words is None else facts.words.village
    return [] if village is None else [Keep(Placed(item, village))]
