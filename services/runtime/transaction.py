"""The transaction of a round: claim, load, decide, save, say.

Everything here happens inside one database transaction and touches nothing outside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.message import Message
from xinfang_contracts.registry import Kind

from .errors import Poison
from .inbox import Connection, Inbox, new_round_id
from .incoming import Effects, Incoming, Outgoing, inbox_key
from .rules import Refused, Step
from .saying import facts_in, say, told_in
from .service import DistrictWork, Service, StateTable

TimeFrom = Literal["broker", "replay"]
States = dict[str, dict[str, Any]]
"""What has a number -> number -> state."""


@dataclass(slots=True)
class Committed:
    """What one transaction leaves to be done outside it.

    outgoing: to publish; again: rounds of earlier messages that are still to be published; done: to acknowledge;
    failed: rolled back one by one; answers: for the doors; repeated: the same message twice in one round.
    """

    round_id: bytes = field(default_factory=new_round_id)
    outgoing: list[Outgoing] = field(default_factory=list)
    again: dict[bytes, list[Outgoing]] = field(default_factory=dict)
    done: list[Incoming] = field(default_factory=list)
    failed: list[tuple[Incoming, Exception]] = field(default_factory=list)
    answers: list[tuple[Incoming, list[Message]]] = field(default_factory=list)
    repeated: list[Incoming] = field(default_factory=list)


class Transaction:
    """Handles messages of one service inside a given transaction."""

    def __init__(self, service: Service, districts: Mapping[str, District], time_from: TimeFrom) -> None:
        self._service = service
        self._districts = districts
        self._time = time_from
        self._inbox = Inbox(service.name)
        self._concerned: dict[type[Message], tuple[StateTable, ...]] = {}

    async def run(self, connection: Connection, messages: Sequence[Incoming]) -> Committed:
        """All of it, for these messages in their order. Raises what the database raises; a rule's failure is noted."""
        committed = Committed()
        unique: dict[bytes, Incoming] = {}
        for one in messages:
            if unique.setdefault(one.key, one) is not one:
                committed.repeated.append(one)
        fresh = await self._claim(connection, list(unique.values()), committed)
        if fresh:
            await self._decide(connection, fresh, committed)
        return committed

    async def _claim(self, connection: Connection, messages: list[Incoming], committed: Committed) -> list[Incoming]:
        """The messages that are new. Of the others only what was not yet published is taken up again."""
        new = await self._inbox.claim(connection, messages, committed.round_id)
        old = [one for one in messages if one.key not in new]
        fresh = [one for one in messages if one.key in new]
        if not old:
            return fresh
        known = await self._inbox.known(connection, [one.key for one in old])
        repeated = [one for one in old if known[one.key].body_hash in (one.body_hash, one.earlier_hash)]
        reused = [one for one in old if known[one.key].body_hash not in (one.body_hash, one.earlier_hash)]
        said = await self._inbox.said(connection, list({known[one.key].round_id for one in repeated}))
        for one in repeated:
            outputs, is_open = said.get(known[one.key].round_id, ([], False))
            if is_open:
                committed.again[known[one.key].round_id] = outputs
            committed.done.append(one)
            one.is_repeat = True
            if one.answer is not None:
                answer_in = told_in if one.is_told else facts_in
                committed.answers.append((one, answer_in(self._service.name, outputs, one)))
        for one in reused:
            one.id_reused = True
            one.key = inbox_key(one.speaker, one.envelope.id + "\x00" + one.body_hash.hex())
        # A fact cannot be refused to whoever said it: two services disagree on what was said, and somebody must look.
        committed.failed += [(one, Poison("IdReused")) for one in reused if one.entry.kind is not Kind.COMMAND]
        refused = [one for one in reused if one.entry.kind is Kind.COMMAND]
        if refused:
            # A refusal is remembered too: without its answer the door would wait for ever.
            fresh += await self._claim(connection, refused, committed)
        return fresh

    async def _decide(self, connection: Connection, fresh: list[Incoming], committed: Committed) -> None:
        if self._time == "replay":
            await self._set_replay_time(connection, fresh)
        service = self._service
        steps = [(one, _REUSED if one.id_reused else service.step(one)) for one in fresh]
        work = await service.open(connection, fresh) if service.open else DistrictWork(self._districts)
        states = {table.key: await _load(connection, table, steps) for table in service.states}
        changed: dict[str, dict[str, Any]] = {table.key: {} for table in service.states}
        decided = []
        for incoming, step in steps:
            try:
                effects = self._apply(incoming, step, work.facts(incoming), states, changed)
            except Exception as error:  # noqa: BLE001 - the settling table decides
                committed.failed.append((incoming, error))
                continue
            work.decided(incoming, effects)
            decided.append(effects)
        if committed.failed:
            await self._inbox.disclaim(connection, [one.key for one, _ in committed.failed])
        for table in service.states:
            if changed[table.key]:
                await table.save(connection, changed[table.key])
        await work.save(connection)
        committed.outgoing = [output for effects in decided for output in effects.outgoing]
        committed.done += [effects.incoming for effects in decided]
        committed.answers += [(effects.incoming, self._answer(effects)) for effects in decided]
        if committed.outgoing:
            await self._inbox.say(connection, committed.round_id, committed.outgoing)

    def _answer(self, effects: Effects) -> list[Message]:
        """What a door is answered: the facts; a command door, what whoever spoke is told of them."""
        if effects.incoming.is_told:
            return told_in(self._service.name, effects.outgoing, effects.incoming)
        return effects.facts

    def _apply(self, incoming: Incoming, step: Step, facts: Any, states: States, changed: States) -> Effects:
        """One rule's answer, and the states after it. Nothing changes when anything here raises."""
        state = states[step.of].get(step.key) if step.key and states else None
        effects = say(self._service.name, incoming, step.rule(state, incoming.message, facts, now=incoming.now))
        after: dict[tuple[str, str], Any] = {}
        # What the clock brings is a service's own to know; a command is only asked.
        heard = [incoming.message] if incoming.entry.kind in (Kind.FACT, Kind.CLOCK) else []
        for fact in [*heard, *effects.facts]:
            for table in self._tables_of(type(fact)):
                number = getattr(fact, table.key)
                if number is not None:
                    place = (table.key, number)
                    before = after[place] if place in after else states[table.key].get(number)
                    now_state = table.evolve(before, fact, incoming.now)
                    if now_state is not before:
                        after[place] = now_state
        for (key, number), now_state in after.items():
            states[key][number] = changed[key][number] = now_state
        return effects

    def _tables_of(self, kind: type[Message]) -> tuple[StateTable, ...]:
        """The tables whose states such a fact may change; asked for every fact, so looked up once a class."""
        found = self._concerned.get(kind)
        if found is None:
            found = tuple(table for table in self._service.states if table.key in kind.model_fields)
            self._concerned[kind] = found
        return found

    async def _set_replay_time(self, connection: Connection, messages: Sequence[Incoming]) -> None:
        clocks = await self._inbox.clocks(connection)
        for one in messages:
            if one.entry.kind is Kind.COMMAND:
                now = clocks.get(one.district)
                if not isinstance(now, datetime):
                    raise ConnectionError("the district's clock has not ticked yet")
                one.now = now


async def _load(connection: Connection, table: StateTable, steps: Sequence[tuple[Incoming, Step]]) -> dict[str, Any]:
    keys = sorted({step.key for _, step in steps if step.key is not None and step.of == table.key})
    return await table.load(connection, keys) if keys else {}


def _refuse_reused(_state: Any, _message: Any, _facts: Any, *, now: datetime) -> list[Refused]:
    return [Refused(RefusalReason.ID_REUSED)]


_REUSED = Step(None, _refuse_reused)
