"""What an office does without a ledger: tell whoever gave a name, and send recommendations where one is proposed."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from xinfang_contracts.district import District
from xinfang_contracts.items import ItemContent
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.notices import RecordDelivery
from xinfang_contracts.recommendation import (
    AnswerRecommendation,
    CloseRecommendation,
    IssueRecommendation,
    RecommendationKind,
)
from xinfang_contracts.vault import DepositDocument, DocumentContent, DocumentKind

from services.runtime import keys

from .actors import Actor, Told

NOTE = "虚构:电话告知本人,本人听明白了 / told by telephone, and understood"
ADVICE = "虚构:清查集体合同,公开账目,按季公布 / review the contracts, publish the accounts each quarter"
DONE = "虚构:已清查,已公布 / reviewed and published"
RECTIFIED_WITHIN = timedelta(days=60)
ANSWERED_AFTER, CHECKED_AFTER = timedelta(days=20), timedelta(days=30)


@dataclass
class _Recommendation:
    """One under way."""

    item: str
    unit: str
    issued_on: date
    answered: bool = False


class Duties:
    """The petition office's, on the days on which something else is done too."""

    def __init__(self, district: District, key_folder: Path, clerk: str) -> None:
        self._units = {unit.code for unit in district.units}
        self._keys = key_folder
        self._clerk = clerk
        self._read: dict[object, int] = {}
        self._open: list[_Recommendation] = []
        self._owed: set[tuple[str, str]] = set()

    def accepted(self, number: str, decision: dict[str, Any]) -> None:
        """Whom an acceptance is owed to: the office knows it by its own decision."""
        if decision.get("real_name") and decision.get("first_time") and not decision.get("repeat_of"):
            self._owed.add((number, "acceptance_1"))

    async def drive(self, day: date, actors: dict[str, Actor]) -> None:
        """All that is to be done by now."""
        clerk = actors[self._clerk]
        for told in self._news(clerk):
            match told.fact:
                case "notice_due":
                    self._owed.add((str(told.data["petition"]), str(told.data["notice"])))
                case "recommendation_proposed" if told.data["unit"] in self._units:
                    self._open.append(_Recommendation(str(told.data["item"]), str(told.data["unit"]), date.max))
        owed, self._owed = sorted(self._owed), set()
        await asyncio.gather(
            *(self._tell(clerk, number, notice, day) for number, notice in owed),
            *(self._recommend(clerk, actors[one.unit], one, day) for one in self._open),
        )

    def _news(self, clerk: Actor) -> list[Told]:
        """What the clerk was told since the last look."""
        found = []
        for about, told in clerk.told.items():
            found += told[self._read.get(about, 0) :]
            self._read[about] = len(told)
        return found

    async def _tell(self, clerk: Actor, number: str, notice: str, day: date) -> None:
        """By telephone, with a note of the call: 《受理告知记录单》."""
        note = DocumentContent(text=NOTE).model_dump_json().encode()
        deposit = DepositDocument(petition=number, kind=DocumentKind.OTHER, content=self._sealed(note))
        proof = DocumentRef.model_validate((await clerk.command(deposit)).data["document"])
        told = RecordDelivery(petition=number, notice=notice, outcome="delivered", way="phone", on=day, proof=proof)
        await clerk.command(told)

    async def _recommend(self, clerk: Actor, unit: Actor, one: _Recommendation, day: date) -> None:
        """Issued at once, answered by the unit, checked and closed."""
        step: Message | None = None
        if one.issued_on == date.max:
            one.issued_on = day
            step = IssueRecommendation(
                item=one.item,
                kind=RecommendationKind.SUPERVISION,
                due_on=day + RECTIFIED_WITHIN,
                content=self._words(ADVICE),
            )
        elif not one.answered and day >= one.issued_on + ANSWERED_AFTER:
            one.answered = True
            await unit.command(AnswerRecommendation(item=one.item, content=self._words(DONE)))
        elif one.answered and day >= one.issued_on + CHECKED_AFTER:
            self._open.remove(one)
            step = CloseRecommendation(item=one.item, rectified=True)
        if step is not None:
            await clerk.command(step)

    def _words(self, text: str) -> str:
        return self._sealed(ItemContent(text=text).model_dump_json(exclude_none=True).encode())

    def _sealed(self, plaintext: bytes) -> str:
        return keys.seal(plaintext, keys.public_key(self._keys, keys.VAULT))
