"""The intake service: its parts put together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from fastapi import APIRouter
from nats.aio.client import Client
from pydantic import ValidationError
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent, SubmitPetition
from xinfang_contracts.vault import DepositDocument

from services.runtime import keys, tokens
from services.runtime.clearing import clearing
from services.runtime.errors import Poison
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Doors, Service
from services.runtime.topology import sealed_readers

from .beside.store import BesideWork, is_about_items
from .beside.tables import ITEMS
from .beside.words import open_words
from .doors import readings, router
from .due import due_in
from .handlers import HANDLERS, OWN_HANDLERS
from .notices.adapters.desk import Desk, Setup
from .notices.adapters.outbox import outbox
from .repeats.cases import earlier_petitions
from .repeats.index import SECRET
from .repeats.seeking import seeking
from .returns.coming_back import RETURNS, open_return
from .sealed import resealing
from .store import STATES, IntakeWork, Readers, lock_serials
from .submission import INBOX, open_content
from .vault.answering import Answering
from .vault.documents import RECEIPT
from .vault.masters import Masters
from .vault.reading_room import ReadingRoom
from .vault.shelf import Shelf, open_document

SECRETS = (RECEIPT, INBOX, tokens.SECRET, SECRET)


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Intake with these districts; ``key_folder`` has SECRETS, master keys, vault (private), readers' public keys."""
    private = keys.private_key(key_folder, keys.VAULT)
    masters = Masters(key_folder)
    for secret in (RECEIPT, INBOX):
        keys.secret(key_folder, secret)  # a missing file stops the start, not the first receipt
    # Missed at a petition on the leadership, a reader's key would leave it with the organ's own vault.
    kids = {
        district.code: {
            reader: keys.key_id(keys.public_key(key_folder, f"{district.code}.{reader}"))
            for reader in sealed_readers(district)
        }
        for district in districts.values()
    }
    readers = Readers(key_folder, kids)
    setup = Setup.read(districts, key_folder)

    def understand(incoming: Incoming) -> None:
        """Open a submission, and ask "about the leadership?" in memory, before anything is written."""
        if isinstance(incoming.message, SubmitPetition):
            plaintext = keys.unseal(incoming.message.content, private)
            try:
                content = PetitionContent.model_validate_json(plaintext)
            except ValidationError:
                raise Poison("ValidationError") from None
            incoming.opened = open_content(content, districts[incoming.district], key_folder)
        elif isinstance(incoming.message, DepositDocument):
            incoming.opened = open_document(incoming, private)
        elif isinstance(incoming.message, RETURNS):
            incoming.opened = open_return(incoming, private)
        elif is_about_items(incoming.message):
            incoming.opened = open_words(incoming, private)

    async def work(connection: Connection, messages: Sequence[Incoming]) -> IntakeWork:
        serials = await lock_serials(connection, messages)
        earlier = await earlier_petitions(connection, messages)
        to_seal = await resealing.load(connection, messages)
        shelf = await Shelf.open(connection, messages, masters)
        beside = BesideWork(districts, masters, key_folder)
        await beside.load(connection, messages)
        desk = await Desk.open(connection, messages, masters, setup)
        return IntakeWork(districts, serials, masters, readers, to_seal, shelf, beside, desk, earlier)

    rooms: list[ReadingRoom] = []

    def reading_room(pool: asyncpg.Pool, client: Callable[[], Client], _: Mapping[str, District]) -> ReadingRoom:
        rooms.append(ReadingRoom(pool, client, answering_for(pool)))
        return rooms[-1]

    def answering_for(pool: asyncpg.Pool) -> Answering:
        return Answering(pool, districts, key_folder, masters, lambda: datetime.now(UTC))

    def api(doors: Doors) -> APIRouter:
        # What was to be erased must be gone before anybody reads, by whichever door.
        reading = readings.Reading(answering_for(doors.pool), lambda: all(room.is_open for room in rooms))
        return router(doors, reading)

    return Service(
        name="intake",
        states=(STATES, ITEMS),
        open=work,
        understand=understand,
        due=due_in(districts),
        handlers=HANDLERS,
        own_handlers=OWN_HANDLERS,
        ticks=("day",),
        companions=(clearing, reading_room),
        speakers=(lambda doors: outbox(doors, setup.servers, masters), lambda doors: seeking(doors, masters)),
        api=api,
    )
