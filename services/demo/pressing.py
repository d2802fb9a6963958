"""The pressing of cases through the front doors: each act with its own actor's credential, its words to the vault."""

from collections import defaultdict
from datetime import date
from pathlib import Path

from xinfang_contracts.message import Message
from xinfang_contracts.vault import DepositDocument, DocumentContent

from services.runtime import keys

from .actors import Actor, Refused, Told
from .ledgers import LedgerError
from .persons import Persons
from .pressing_ledgers import Act, Acts


class PressingYear:
    """Says on each day what the ledgers have for it, one after another."""

    def __init__(self, acts: Acts, key_folder: Path, numbers: dict[str, str], persons: Persons) -> None:
        self._keys = key_folder
        self._persons = persons
        self._numbers = numbers
        self._said: dict[date, list[Act]] = defaultdict(list)
        for act in acts.said:
            self._said[act.on].append(act)

    @property
    def days(self) -> set[date]:
        """The days on which something is said."""
        return set(self._said)

    async def drive(self, day: date, actors: dict[str, Actor]) -> None:
        """All of one day, in the ledgers' order."""
        for act in self._said.get(day, []):
            name = f"{day} {'、'.join(act.petitions)} {act.model.__name__}"
            petitions = [self._number(serial, name) for serial in act.petitions]
            actor = actors[act.actor] if act.actor is not None else _owner(petitions[0], actors, name)
            fields = act.fields | ({"petitions": petitions} if act.is_of_several else {"petition": petitions[0]})
            try:
                if act.words is not None:
                    fields[act.document] = await self._deposit(act, petitions[0], actor)
                await actor.command(self._signed(act.model.model_validate(fields), actor, petitions))
            except Refused as refused:
                raise LedgerError(f"{name}: {actor.code}: {refused}") from None

    def _signed(self, command: Message, actor: Actor, petitions: list[str]) -> Message:
        """What a person decides is signed over the newest record of the case that they were told of."""
        if "signature" not in type(command).model_fields:
            return command
        seen = [one for petition in petitions for one in actor.told.get(petition, ()) if "link" in one.data]
        if not seen:
            return command
        newest = Told(seen[-1].fact, {"link": seen[-1].data["link"]}, seen[-1].cause)
        return self._persons.signed(actor.code, command, newest)

    async def _deposit(self, act: Act, petition: str, actor: Actor) -> object:
        plaintext = DocumentContent(text=act.words or "").model_dump_json().encode()
        sealed = keys.seal(plaintext, keys.public_key(self._keys, keys.VAULT))
        told = await actor.command(DepositDocument(petition=petition, kind=act.kind, content=sealed))
        return told.data["document"]

    def _number(self, serial: str, name: str) -> str:
        if serial not in self._numbers:
            raise LedgerError(f"{name}: 尚未登记 / is not registered by then")
        return self._numbers[serial]


def _owner(petition: str, actors: dict[str, Actor], name: str) -> Actor:
    """The leader who owns a case: whom the unit, which is told each time, was told of last."""
    heard = [
        [str(one.data["leader"]) for one in actor.told.get(petition, ()) if one.fact == "leader_named"]
        for actor in actors.values()
    ]
    named = max(heard, key=len)
    if not named or named[-1] not in actors:
        raise LedgerError(f"{name}: 没有包案领导 / nobody owns the case")
    return actors[named[-1]]
