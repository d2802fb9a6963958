"""The work beside petitions, its side of a round: numbers, words for the vault, villages, contacts."""

import secrets
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.message import Message
from xinfang_contracts.recommendation import IssueRecommendation
from xinfang_contracts.satisfaction import RateContact
from xinfang_contracts.supervisors import AppointSupervisor, EndSupervisor

from services.runtime.clock import ZONE
from services.runtime.inbox import Connection
from services.runtime.incoming import Effects, Incoming

from ..decide import Deposit
from ..notices.evolving import evolve
from ..sealed.resealing import Locked
from ..state import State as Petition
from ..vault import documents
from ..vault.masters import Masters
from ..vault.shelf import data_keys, destroy
from . import confirmed, named
from .facts import LETTERS, Contacted, EraseItem, Facts, HandedOver, Placed, SealedWords, ServesNoMore, ShelveWords
from .handlers import BEGINS, ITEM, MESSAGES
from .recommendation import Confirmed, Counted, RecommendationDue

_COVERING = (AppointSupervisor, EndSupervisor)

Serial = tuple[str, str, int]
"""District, letter, year."""


def is_about_items(message: Message) -> bool:
    """Whether this package answers it."""
    return type(message) in MESSAGES


class BesideWork:
    """What one round needs for items, and keeps of them."""

    def __init__(self, districts: Mapping[str, District], masters: Masters, key_folder: Path) -> None:
        self._districts = districts
        self._masters = masters
        self._keys = key_folder
        self._serials: dict[Serial, int] = {}
        self._before: dict[Serial, int] = {}
        self._petitions: dict[str, Petition] = {}
        self._mediations: dict[str, Locked] = {}
        self._contacts: dict[str, dict[str, bool]] = {}
        self._serving: dict[str, dict[str, str]] = {}
        self._words: list[ShelveWords] = []
        self._handed_over: list[HandedOver] = []
        self._placed: list[Placed] = []
        self._ended: list[str] = []
        self._contacted: list[Contacted] = []
        self._erased: list[str] = []
        self._villages: Counter[tuple[str, int]] = Counter()
        self._uncounted: confirmed.OfUnit = {}
        self._reported: dict[str, tuple[PetitionContent, ...]] = {}
        self._confirmed: list[Confirmed] = []
        self._counted: list[Counted] = []

    async def load(self, connection: Connection, messages: Sequence[Incoming]) -> None:
        """Read what this round's messages need; nothing at all when none is about an item."""
        ours = [one for one in messages if is_about_items(one.message)]
        if not ours:
            return
        self._serials = await _lock_serials(connection, sorted({one for one in map(_serial_of, ours) if one}))
        self._before = dict(self._serials)
        self._petitions = await named.states(connection, messages, named.named_by(one.message for one in ours))
        self._mediations = await named.mediations(connection, [one.message for one in ours])
        rated = sorted({one.message.petition for one in ours if isinstance(one.message, RateContact)})
        for row in await _contacts(connection, rated):
            self._contacts.setdefault(row["petition"], {})[row["contact"]] = row["rated"]
        for code in sorted({one.district for one in ours if isinstance(one.message, _COVERING)}):
            self._serving[code] = await _serving(connection, code)
        due = {(one.district, one.message.unit) for one in ours if isinstance(one.message, RecommendationDue)}
        self._uncounted = await confirmed.uncounted(connection, sorted(due))
        issued = {one.message.item for one in ours if isinstance(one.message, IssueRecommendation)}
        self._reported = await confirmed.reported(connection, sorted(issued), self._masters)

    def facts(self, incoming: Incoming) -> Facts:
        """For the rule that this message meets."""
        message = incoming.message
        serial = _serial_of(incoming)
        number = ""
        if serial is not None:
            district, letter, year = serial
            number = f"{district}-{letter}-{year}-{self._serials[serial] + 1:06d}"
        return Facts(
            district=self._districts[incoming.district],
            actor=incoming.actor or "door",
            number=number,
            words=incoming.opened,
            petitions=self._petitions,
            sealed=self._sealed(incoming),
            contacts=self._contacts.get(message.petition, {}) if isinstance(message, RateContact) else {},
            serving=self._serving.get(incoming.district, {}),
            confirmed=self._uncounted_of(incoming),
            reported=self._reported.get(message.item, ()) if isinstance(message, IssueRecommendation) else (),
        )

    def _sealed(self, incoming: Incoming) -> SealedWords | None:
        vault = (self._districts[incoming.district], self._masters, self._keys)
        return named.sealed_words(incoming.message, incoming.opened, self._petitions, self._mediations, vault)

    def _uncounted_of(self, incoming: Incoming) -> MutableMapping[str, date]:
        message = incoming.message
        if not isinstance(message, RecommendationDue):
            return {}
        return self._uncounted.get((incoming.district, message.unit), {})

    def decided(self, incoming: Incoming, effects: Effects) -> None:
        """Remember what is to be kept; later messages of the round see it."""
        for one in effects.keep:
            self._keep(one, incoming)
        for said in [incoming.message, *effects.facts] if self._petitions else []:
            petition = getattr(said, "petition", None)
            if petition in self._petitions:
                self._petitions[petition] = evolve(self._petitions[petition], said, incoming.now)
        serial = _serial_of(incoming) if is_about_items(incoming.message) else None
        if serial is not None and any(getattr(fact, ITEM, None) for fact in effects.facts if _begins(fact, serial)):
            self._serials[serial] += 1

    def _keep(self, one: object, incoming: Incoming) -> None:
        match one:
            case Deposit(content=content) if content.village is not None:
                if self._districts[incoming.district].is_village(content.village):
                    self._villages[content.village, incoming.now.astimezone(ZONE).year] += 1
            case ShelveWords():
                self._words.append(one)
            case Placed(item=item, village=village, serves=serves):
                self._placed.append(one)
                if serves:
                    self._serving.setdefault(incoming.district, {})[item] = village
            case ServesNoMore(item=item):
                self._ended.append(item)
                self._serving.get(incoming.district, {}).pop(item, None)
            case Contacted(petition=petition, contact=contact, rated=rated):
                self._contacted.append(one)
                known = self._contacts.setdefault(petition, {})
                known[contact] = rated or known.get(contact, False)
            case HandedOver():
                self._handed_over.append(one)
            case EraseItem(item=item):
                self._erased.append(item)
            case Confirmed():
                self._confirmed.append(one)
            case Counted(petitions=petitions):
                self._counted.append(one)
                for petition in petitions:
                    self._uncounted_of(incoming).pop(petition, None)

    def added_to(self, petition: str) -> bool:
        """Whether words on a petition are to be put in: what was read of it before lacks them."""
        return petition in {one.petition for one in self._words} | {one.petition for one in self._handed_over}

    async def save(self, connection: Connection) -> None:
        """Write it all, in the round's transaction."""
        if self._villages:
            await _count_villages(connection, self._villages)
        moved = {key: last for key, last in self._serials.items() if last != self._before[key]}
        if moved:
            await connection.executemany(
                "UPDATE intake.item_serials SET last = $4 WHERE district = $1 AND letter = $2 AND year = $3",
                [(*key, last) for key, last in moved.items()],
            )
        if self._words:
            await _shelve(connection, self._words, self._masters)
        if self._placed:
            await connection.executemany(
                "INSERT INTO intake.item_places (item, village, serves) VALUES ($1, $2, $3)",
                [(one.item, one.village, one.serves) for one in self._placed],
            )
        if self._ended:
            await connection.execute(
                "UPDATE intake.item_places SET serves = false WHERE item = ANY($1::text[])", self._ended
            )
        if self._contacted:
            await connection.executemany(
                "INSERT INTO intake.contacts (petition, contact, rated) VALUES ($1, $2, $3) ON CONFLICT"
                " (petition, contact) DO UPDATE SET rated = contacts.rated OR EXCLUDED.rated",
                sorted((one.petition, one.contact, one.rated) for one in self._contacted),
            )
        await confirmed.save(connection, self._confirmed, self._counted)
        await named.save(connection, self._handed_over)

    async def destroy(self, connection: Connection) -> None:
        """Destroy what is erased; all that the round writes must be in."""
        if self._erased:
            await destroy_items(connection, self._erased)


async def destroy_items(connection: Connection, items: Sequence[str]) -> None:
    """Delete what the vault holds on items, and where they were.

    What was said at a reception on a petition stays: it is the petition's, which may still be in hand.
    """
    await destroy(connection, items)


def _serial_of(incoming: Incoming) -> Serial | None:
    letter = BEGINS.get(type(incoming.message))
    return None if letter is None else (incoming.district, letter, incoming.now.astimezone(ZONE).year)


def _begins(fact: Message, serial: Serial) -> bool:
    district, letter, year = serial
    return str(getattr(fact, ITEM, None)).startswith(f"{district}-{letter}-{year}-")


async def _lock_serials(connection: Connection, serials: Sequence[Serial]) -> dict[Serial, int]:
    """The last numbers, their rows locked in order until the commit: a number is used up only by what is begun."""
    if not serials:
        return {}
    columns = [list(column) for column in zip(*serials, strict=True)]
    await connection.execute(
        "INSERT INTO intake.item_serials (district, letter, year, last)"
        " SELECT *, 0 FROM unnest($1::text[], $2::text[], $3::int[]) ON CONFLICT DO NOTHING",
        *columns,
    )
    rows = await connection.fetch(
        "SELECT s.* FROM intake.item_serials s JOIN unnest($1::text[], $2::text[], $3::int[]) AS u (d, l, y)"
        " ON s.district = u.d AND s.letter = u.l AND s.year = u.y"
        " ORDER BY s.district, s.letter, s.year FOR UPDATE OF s",
        *columns,
    )
    return {(row["district"], row["letter"], row["year"]): row["last"] for row in rows}


async def _contacts(connection: Connection, petitions: Sequence[str]) -> list[Any]:
    if not petitions:
        return []
    statement = "SELECT petition, contact, rated FROM intake.contacts WHERE petition = ANY($1::text[])"
    return list(await connection.fetch(statement, list(petitions)))


async def _serving(connection: Connection, district: str) -> dict[str, str]:
    """Who covers which village. Locked, so that two replicas do not both find a village without anybody."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", _SERVING_LOCK, int(district))
    rows = await connection.fetch(
        "SELECT item, village FROM intake.item_places WHERE left(item, 6) = $1 AND serves", district
    )
    return {row["item"]: row["village"] for row in rows}


_SERVING_LOCK = 0x584653  # "XFS"


async def _count_villages(connection: Connection, villages: Mapping[tuple[str, int], int]) -> None:
    """In key order: two replicas that count the same villages in another order would deadlock."""
    places = sorted(villages)
    await connection.execute(
        "INSERT INTO intake.village_counts (village, year, petitions)"
        " SELECT * FROM unnest($1::text[], $2::int[], $3::int[]) ON CONFLICT (village, year)"
        " DO UPDATE SET petitions = village_counts.petitions + EXCLUDED.petitions",
        [village for village, _ in places],
        [year for _, year in places],
        [villages[place] for place in places],
    )


async def _shelve(connection: Connection, words: Sequence[ShelveWords], masters: Masters) -> None:
    """Encrypt each under the data key of its petition or its item; an item's first words make the key."""
    found = await data_keys(connection, sorted({_under(one) for one in words}), masters)
    new = {one.item: secrets.token_bytes(32) for one in words if one.petition is None and one.item not in found}
    if new:
        version, master = masters.newest()
        await connection.execute(
            "INSERT INTO intake.vault (petition, wrapped_key, key_version)"
            " SELECT p, k, $3 FROM unnest($1::text[], $2::bytea[]) AS u (p, k)",
            list(new),
            [documents.wrap(key, master) for key in new.values()],
            version,
        )
    found |= new
    await documents.insert(connection, [_locked(one, found[_under(one)]) for one in words])


def _under(one: ShelveWords) -> str:
    return one.petition or one.item


def _locked(one: ShelveWords, data_key: bytes) -> documents.Document:
    words = one.words
    kind = LETTERS[one.item.split("-")[1]]
    return documents.lock_as(UUID(words.ref.document), words.salt, words.plaintext, _under(one), kind, data_key)
