"""Plain intake."""

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent, ScreenPetition, SubmitPetition
from xinfang_contracts.message import Message

from services.intake import decide
from services.intake.state import Petition, evolve
from services.intake.store import DocumentRow, PetitionRow, SerialRow, VaultRow
from services.intake.vault import documents
from services.intake.vault.masters import MASTER
from services.runtime import keys
from services.runtime.clock import ZONE
from services.runtime.rules import Keep, Output

from .message import Handle, Heard, with_state

_ADAPTER: TypeAdapter[Any] = TypeAdapter(Petition)


def handlers(_district: District, key_folder: Path) -> dict[str, Handle]:
    """Type -> handler."""
    private = keys.private_key(key_folder, keys.VAULT)
    master = keys.secret(key_folder, MASTER)

    async def submit(heard: Heard, message: SubmitPetition) -> Sequence[Output]:
        content = PetitionContent.model_validate_json(keys.unseal(message.content, private))
        number = await _next_number(heard)
        facts = decide.Facts(heard.district, heard.actor, number, decide.Opened(content))
        outputs = decide.submit(None, message, facts, now=heard.now)
        said = [one for one in outputs if not isinstance(one, Keep)]
        state = evolve(None, next(one for one in said if isinstance(one, Message)), heard.now)
        heard.session.add(PetitionRow(petition=number, state=_ADAPTER.dump_python(state, mode="json")))
        _deposit(heard, number, content, master)
        return said

    async def screen(heard: Heard, message: ScreenPetition) -> Sequence[Output]:
        facts = decide.Facts(heard.district, heard.actor, "")

        def rule(state: Any) -> Sequence[Output]:
            return decide.screen(state, message, facts, now=heard.now)

        outputs, _ = await with_state(heard, PetitionRow, _ADAPTER, evolve, message, rule)
        return outputs

    return {"intake.submit_petition.v1": submit, "intake.screen_petition.v1": screen}


async def _next_number(heard: Heard) -> str:
    """No gaps: the row is locked to the commit, and the next message waits for it."""
    year = heard.now.astimezone(ZONE).year
    key = {"district": heard.district.code, "year": year}
    row = await heard.session.get(SerialRow, key, with_for_update=True)
    if row is None:
        await heard.session.execute(insert(SerialRow).values(**key, last=0).on_conflict_do_nothing())
        row = await heard.session.get_one(SerialRow, key, with_for_update=True)
    row.last += 1
    return f"{heard.district.code}-{year}-{row.last:06d}"


def _deposit(heard: Heard, number: str, content: PetitionContent, master: bytes) -> None:
    data_key = secrets.token_bytes(32)
    plaintext = json.dumps(content.model_dump(mode="json", exclude_none=True), ensure_ascii=False).encode()
    locked = documents.lock(plaintext, number, "petition", data_key)
    heard.session.add(VaultRow(petition=number, wrapped_key=documents.wrap(data_key, master)))
    heard.session.add(
        DocumentRow(
            id=locked.id,
            petition=number,
            kind="petition",
            ciphertext=locked.ciphertext,
            salt=locked.salt,
            digest=locked.digest,
        )
    )
