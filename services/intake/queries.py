"""What intake's doors read: a petition by its receipt. Nothing here changes anything."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import asyncpg
from xinfang_contracts.district import District

from services.runtime.clock import civil_date

from .returns.coming_back import digest_of
from .state import Erased, Registered, Screened, Sealed
from .store import STATES
from .vault import documents
from .vault.masters import Masters


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in its words."""

    id: str
    asked_on: date
    answered: bool
    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """A petition as its reporter may see it."""

    petition: str
    state: Registered | Screened | Sealed
    asked: tuple[Asked, ...]

    @property
    def reader(self) -> str | None:
        """Who alone may read what comes to it; None when it is not sealed."""
        return self.state.reader if isinstance(self.state, Sealed) else None

    @property
    def materials(self) -> int:
        """How often something was added."""
        return self.state.exchange.materials if self.state.exchange else 0


async def find(pool: asyncpg.Pool, district: District, code: str, key_folder: Path) -> Found | None:
    """The district's petition to which this receipt leads; None when there is none, or another has replaced it.

    Both statements run in any case, so that the time which an answer takes does not tell whether a code is known.
    """
    async with pool.acquire() as connection:
        row = await connection.fetchrow(
            "SELECT r.petition, p.state, v.wrapped_key, v.key_version FROM intake.receipts r"
            " JOIN intake.petitions p USING (petition) LEFT JOIN intake.vault v USING (petition)"
            " WHERE r.digest = $1 AND r.replaced_at IS NULL AND r.petition LIKE $2",
            digest_of(code, key_folder),
            f"{district.code}-%",
        )
        questions = await connection.fetch(
            "SELECT id, ciphertext FROM intake.documents WHERE petition = $1 AND kind = 'question'",
            row["petition"] if row else "",
        )
    if row is None:
        return None
    state = STATES.adapter.validate_json(row["state"])
    if isinstance(state, Erased):
        return None
    known = state.exchange.questions if state.exchange else {}
    if not known or row["wrapped_key"] is None:  # sealed since: the questions' words went with the key
        return Found(row["petition"], state, ())
    masters = Masters(key_folder)
    data_key = documents.unwrap(row["wrapped_key"], masters.key(row["key_version"]))
    words = {
        str(one["id"]): documents.unlock(one["ciphertext"], row["petition"], data_key).decode() for one in questions
    }
    # A JSON object in PostgreSQL keeps no order.
    in_order = sorted(known, key=lambda id_: (known[id_].asked_at, id_))
    asked = (Asked(id_, civil_date(known[id_].asked_at), known[id_].answered, words[id_]) for id_ in in_order)
    return Found(row["petition"], state, tuple(asked))
