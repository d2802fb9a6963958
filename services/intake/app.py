"""The intake service: its parts put together."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent, SubmitPetition

from services.runtime import keys, tokens
from services.runtime.clearing import Clearing
from services.runtime.errors import Poison
from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming
from services.runtime.service import Service
from services.runtime.topology import sealed_readers

from .coming_back import RETURNS, open_return
from .doors import router
from .handlers import HANDLERS
from .returning import evolve
from .store import STATES, IntakeWork, lock_serials
from .submission import open_content
from .vault import MASTER, RECEIPT

SECRETS = (MASTER, RECEIPT, tokens.SECRET)


def make(districts: Mapping[str, District], key_folder: Path) -> Service:
    """Intake with these districts; its keys are in ``key_folder``: SECRETS, vault (private), each reader's public."""
    private = keys.private_key(key_folder, keys.VAULT)
    master = keys.secret(key_folder, MASTER)
    keys.secret(key_folder, RECEIPT)  # a missing file stops the start, not the first receipt
    for district in districts.values():
        for reader in sealed_readers(district):
            # Missed at a petition on the leadership, a reader's key would leave it with the organ's own vault.
            keys.public_key(key_folder, f"{district.code}.{reader}")

    def understand(incoming: Incoming) -> None:
        """Open a submission, and ask "about the leadership?" in memory, before anything is written."""
        if isinstance(incoming.message, SubmitPetition):
            plaintext = keys.unseal(incoming.message.content, private)
            try:
                content = PetitionContent.model_validate_json(plaintext)
            except ValidationError:
                raise Poison("ValidationError") from None
            incoming.opened = open_content(content, districts[incoming.district], key_folder)
        elif isinstance(incoming.message, RETURNS):
            incoming.opened = open_return(incoming, private, key_folder)

    async def work(connection: Connection, messages: Sequence[Incoming]) -> IntakeWork:
        return IntakeWork(districts, await lock_serials(connection, messages), master)

    return Service(
        name="intake",
        evolve=evolve,
        states=STATES,
        open=work,
        understand=understand,
        handlers=HANDLERS,
        ticks=("day",),
        companion=Clearing,
        api=router,
    )
