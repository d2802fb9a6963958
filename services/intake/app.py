"""The intake service: its parts put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent, SubmitPetition

from services.runtime import keys
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Service

from .decide import Opened, sealed_reader
from .handlers import HANDLERS
from .state import evolve
from .store import STATES, IntakeWork, lock_serials
from .vault import MASTER, RECEIPT

SECRETS = (MASTER, RECEIPT)


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Intake with these districts, its keys in ``key_folder``: vault (private), master, receipt, each reader's public."""
    private = keys.private_key(key_folder, keys.VAULT)
    master, receipts = keys.secret(key_folder, MASTER), keys.secret(key_folder, RECEIPT)

    def understand(incoming: Incoming) -> None:
        """Open a submission, and ask "about the leadership?" in memory, before anything is written."""
        if isinstance(incoming.message, SubmitPetition):
            content = PetitionContent.model_validate_json(keys.unseal(incoming.message.content, private))
            incoming.opened = open_content(content, districts[incoming.district], key_folder)

    async def work(connection: Connection, messages: Sequence[Incoming]) -> IntakeWork:
        return IntakeWork(districts, await lock_serials(connection, messages), master, receipts)

    return Service(
        name="intake",
        evolve=evolve,
        states=STATES,
        open=work,
        understand=understand,
        handlers=HANDLERS,
        ticks=("day",),
    )


def open_content(content: PetitionContent, district: District, key_folder: Path) -> Opened:
    """A content with the answer to "about the leadership?"; if so, sealed at once for its one reader."""
    reader = sealed_reader(content, district)
    if reader is None:
        return Opened(content)
    key = keys.public_key(key_folder, f"{district.code}.{reader}")
    return Opened(content, reader, keys.seal(content.model_dump_json(exclude_none=True).encode(), key))
