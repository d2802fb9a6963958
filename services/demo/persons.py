"""Who signs in the demo: one made-up person for each actor, their keys offered and enrolled as the year begins."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from xinfang_contracts.district import District
from xinfang_contracts.message import Message
from xinfang_contracts.signing import EnrolKey

from services.keyfiles import make_person, may_sign
from services.review.signing.pen import Pen

from .actors import Actor, Told

T = TypeVar("T", bound=Message)


class Persons:
    """A pen for each actor who may sign; the private halves lie in a folder, as with their persons."""

    def __init__(self, district: District, folder: Path) -> None:
        self._district = district
        self._folder = folder
        self._pens: dict[str, Pen] = {}

    async def enrol(self, actors: Mapping[str, Actor], operator: Actor) -> None:
        """Each offers their key; the operator, who in this folder is everybody, knows whose each is."""
        signing = [actor for code, actor in actors.items() if may_sign(code)]
        for place, actor in enumerate(signing, 1):
            file = self._folder / f"{self._district.code}.{actor.code}.private.json"
            self._pens[actor.code] = make_person(file, f"p{place:04d}")
        await asyncio.gather(*(actor.command(self._pens[actor.code].offer()) for actor in signing))
        await asyncio.gather(*(operator.command(self._enrolment(actor.code)) for actor in signing))

    def _enrolment(self, code: str) -> EnrolKey:
        return EnrolKey(signer=f"{self._district.code}.{code}", key=self._pens[code].key)

    def signed(self, actor: str, message: T, asked: Told) -> T:
        """As this actor's person signs it. asked: the notice by which they were asked."""
        return self._pens[actor].signed(message, self._district.code, actor, asked.data)
