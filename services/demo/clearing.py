"""Clarifications through the front doors: each step by whoever is asked, the approval signed by its person."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from xinfang_contracts.clarification import (
    ApproveClarification,
    AssessClarification,
    CarryOutClarification,
    CheckClarification,
    FileClarification,
    ProposeClarification,
    RecordClarificationApplication,
)
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.vault import DepositDocument, DocumentContent, DocumentKind

from services.runtime import keys

from .actors import ANSWER_SECONDS, Actor, Refused, Told
from .clearing_ledgers import Clearing
from .ledgers import LedgerError
from .persons import Persons

Actors = Mapping[str, Actor]


class ClearingYear:
    """Takes on each day the steps that the ledger has for it, one after another."""

    def __init__(
        self,
        rows: Sequence[Clearing],
        key_folder: Path,
        persons: Persons,
        clerk: str,
        numbers: Mapping[str, str],
        units: Mapping[str, str],
    ) -> None:
        self._rows = rows
        self._keys = key_folder
        self._persons = persons
        self._clerk = clerk
        self._numbers = numbers
        self._units = units
        self._number_of: dict[str, int] = {}
        self._texts: dict[str, DocumentRef] = {}

    @property
    def days(self) -> set[date]:
        """The days on which something is done."""
        return {day for row in self._rows for day in row.days}

    async def drive(self, day: date, actors: Actors) -> None:
        """All of one day, in the ledger's order."""
        for row in self._rows:
            if day in row.days:
                try:
                    await self._steps(row, day, actors)
                except Refused as refused:
                    raise LedgerError(f"{day} {row.serial} 澄清: {refused}") from None

    async def _steps(self, row: Clearing, day: date, actors: Actors) -> None:
        if row.serial not in self._units:
            raise LedgerError(f"{day} {row.serial} 澄清: 尚未报送 / nobody has reported on it by then")
        petition, unit = self._numbers[row.serial], actors[self._units[row.serial]]
        if day == row.proposed_on:
            await self._propose(row, petition, unit, actors)
        number = self._number_of[row.serial]
        if day == row.checked_on:
            who, _ = await _asked("clarification_assessed", petition, number, actors)
            await who.command(CheckClarification(petition=petition, number=number, agrees=True))
        if day == row.approved_on:
            who, asking = await _asked("clarification_checked", petition, number, actors)
            over = {"report": asking.data["assessment"], "link": asking.data["link"]}
            approval = ApproveClarification(petition=petition, number=number)
            signed = self._persons.signed(who.code, approval, Told(asking.fact, over, asking.cause))
            await who.command(signed)
            self._texts[row.serial] = await self._deposit(petition, unit, row.text, DocumentKind.CLARIFICATION)
        if day == row.made_on:
            done = CarryOutClarification(
                petition=petition,
                number=number,
                on=day,
                ways=row.ways,
                scope=row.scope,
                jointly=row.jointly,
                text=self._texts[row.serial],
            )
            await unit.command(done)
        if day == row.filed_on:
            await unit.command(FileClarification(petition=petition, number=number, reporter=row.reporter))

    async def _propose(self, row: Clearing, petition: str, unit: Actor, actors: Actors) -> None:
        about = {"petition": petition, "cleared": row.cleared, "grounds": row.grounds}
        proposer, proposal = unit, dict[str, object](accused_agrees=row.agrees)
        model: type[Message] = ProposeClarification
        if row.applied:
            proposer, model = actors[self._clerk], RecordClarificationApplication
            words = await self._deposit(petition, proposer, "本人书面申请澄清", DocumentKind.OTHER)
            proposal = {"applied_on": row.proposed_on, "document": words}
        told = await proposer.command(model.model_validate(about | proposal))
        self._number_of[row.serial] = number = int(str(told.data["number"]))
        document = await self._deposit(petition, unit, row.assessment, DocumentKind.REMARKS)
        await unit.command(AssessClarification(petition=petition, number=number, document=document))

    async def _deposit(self, petition: str, actor: Actor, words: str, kind: DocumentKind) -> DocumentRef:
        plaintext = DocumentContent(text=words).model_dump_json().encode()
        sealed = keys.seal(plaintext, keys.public_key(self._keys, keys.VAULT))
        told = await actor.command(DepositDocument(petition=petition, kind=kind, content=sealed))
        return DocumentRef.model_validate(told.data["document"])


async def _asked(fact: str, petition: str, number: int, actors: Actors) -> tuple[Actor, Told]:
    """Who was asked by such a notice, which may be on its way, and the notice. Whoever said it is told of it too."""
    deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
    while True:
        for actor in actors.values():
            for told in actor.told.get(petition, ()):
                is_of_it = told.fact == fact and told.data["number"] == number
                if is_of_it and told.data["by"] != actor.code:
                    return actor, told
        if asyncio.get_running_loop().time() > deadline:
            raise LedgerError(f"{petition} 澄清: 无人被告知 / nobody was asked by {fact}")
        await asyncio.sleep(0.003)
