"""The work beside petitions through the front doors: commands with the offices' credentials, ratings with a receipt."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

from services.runtime import keys

from .actors import Actor, Refused
from .beside_ledgers import Beside, Rated, Said, end_of_month
from .ledgers import LedgerError

Rate = Callable[[str, str, str], Awaitable[None]]
"""A reporter's page: the receipt, the contact, how it was."""


class BesideYear:
    """Says on each day what the ledgers have for it, turn by turn."""

    def __init__(self, ledgers: Beside, key_folder: Path, numbers: dict[str, str]) -> None:
        self._keys = key_folder
        self._numbers = numbers
        self._said: dict[date, list[Said]] = defaultdict(list)
        self._rated: dict[date, list[Rated]] = defaultdict(list)
        for one in ledgers.said:
            self._said[one.entered_on].append(one)
        for rated in ledgers.rated:
            self._rated[end_of_month(rated.on)].append(rated)

    @property
    def days(self) -> set[date]:
        """The days on which something is said."""
        return {*self._said, *self._rated}

    async def drive(self, day: date, actors: dict[str, Actor], rate: Rate) -> None:
        """All of one day."""
        today = self._said.get(day, [])
        for turn in sorted({one.turn for one in today}):
            await asyncio.gather(*(self._say(one, actors) for one in today if one.turn == turn))
        await asyncio.gather(*(rate(one.serial, one.contact, one.level) for one in self._rated.get(day, [])))

    async def _say(self, said: Said, actors: dict[str, Actor]) -> None:
        name = said.begins or "、".join(said.numbers.values()) or said.model.__name__
        if said.actor not in actors:
            raise LedgerError(f"{name}: {said.actor} 不在区文件中 / is not in the district file")
        fields = said.fields | {field: self._number(serial) for field, serial in said.numbers.items()}
        if said.content is not None:
            plaintext = said.content.model_dump_json(exclude_none=True).encode()
            fields["content"] = keys.seal(plaintext, keys.public_key(self._keys, keys.VAULT))
        try:
            told = await actors[said.actor].command(said.model.model_validate(fields))
        except Refused as refused:
            raise LedgerError(f"{name}: {said.actor}: {refused}") from None
        if said.begins is not None:
            self._numbers[said.begins] = str(told.data["item"])

    def _number(self, serial: str) -> str:
        if serial not in self._numbers:
            raise LedgerError(f"{serial}: 尚未登记 / is not registered by then")
        return self._numbers[serial]
