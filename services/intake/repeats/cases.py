"""Petitions that a decision on a repeat concerns besides its own: read and locked before the round decides."""

from collections.abc import Iterable, Sequence
from typing import Any

from xinfang_contracts.after import CaseReopened
from xinfang_contracts.handling import CaseReassigned
from xinfang_contracts.intake import Acceptance, Filing, ScreenPetition
from xinfang_contracts.repeats import ConfirmRepeat, RejectRepeat
from xinfang_contracts.routing import CaseAssigned
from xinfang_contracts.sealed import SealPetition

from services.runtime.inbox import Connection
from services.runtime.incoming import Incoming

from ..state import Screened
from ..store import STATES
from . import index
from .linking import repeated_by
from .rules import Sought

Deciding = ConfirmRepeat | RejectRepeat | ScreenPetition


async def earlier_petitions(connection: Connection, messages: Sequence[Incoming]) -> dict[str, Any]:
    """States of the petitions that a decision on a repeat names, of what they repeat and what is linked to them; None
    for one that only the index has. And of what is linked to a case that is assigned, and what a new one may repeat.

    First of all that a round does with petitions: where anything is to be locked before the round locks what it is
    about, all of it is, in the order of the numbers. Two rounds that lock in any other order wait for each other.
    """
    said = [one.message for one in messages]
    deciding = [one for one in said if isinstance(one, Deciding) and named_by(one) is not None]
    found: dict[str, Any] = {}
    if deciding or any(isinstance(one, SealPetition) for one in said):
        roots = await _roots(connection, filter(None, map(named_by, deciding)))
        concerned = {petition for one in said if (petition := getattr(one, "petition", None)) is not None}
        locked = await STATES.load(connection, sorted(roots | concerned))
        found = dict.fromkeys(await index.known(connection, sorted(roots))) | locked if deciding else {}
    cases = [one.petition for one in said if isinstance(one, CaseAssigned | CaseReassigned | CaseReopened)] + [
        one.petition for one in deciding
    ]
    sought = [one.opened for one in messages if isinstance(one.opened, Sought)]
    likely = [one.petition for looked_up in sought for one in looked_up.likely]
    seen = await _seen(connection, likely) if likely else {}
    return seen | (await _linked_to(connection, cases) if cases else {}) | found


def named_by(command: Deciding) -> str | None:
    """What it says that its petition repeats, or does not; None where a clerk's decision names nothing."""
    if not isinstance(command, ScreenPetition):
        return command.of
    decision = command.decision
    return decision.repeat_of if isinstance(decision, Filing | Acceptance) else None


async def with_handler(connection: Connection, state: Any) -> Any:
    """A petition for who would read it: a kept repeat is in the hands of whoever has its case now."""
    found: dict[str, Any] = {}
    of = repeated_by(state)
    root = of
    while root is not None and root not in found:
        found |= {root: None} | await _seen(connection, [root])
        of, root = root, repeated_by(found[root])
    case = found.get(of) if of is not None else None
    if not isinstance(case, Screened):
        return state
    return state.model_copy(update={"unit": case.unit if case.status == "accepted" else None})


async def _roots(connection: Connection, named: Iterable[str]) -> set[str]:
    """These, what they repeat, and so on; not locked."""
    roots = set(named)
    fresh = set(roots)
    while fresh:
        seen = await _seen(connection, sorted(fresh))
        fresh = {of for state in seen.values() if (of := repeated_by(state)) is not None} - roots
        roots |= fresh
    return roots


async def _linked_to(connection: Connection, petitions: Sequence[str]) -> dict[str, Any]:
    rows = await connection.fetch(
        "SELECT DISTINCT jsonb_array_elements_text(state->'linked') AS linked FROM intake.petitions"
        " WHERE petition = ANY($1::text[]) AND state ? 'linked'",
        petitions,
    )
    return await _seen(connection, [row["linked"] for row in rows]) if rows else {}


async def _seen(connection: Connection, petitions: Sequence[str]) -> dict[str, Any]:
    """States as they are now, not locked."""
    rows = await connection.fetch(
        "SELECT petition, state FROM intake.petitions WHERE petition = ANY($1::text[])", petitions
    )
    return {row["petition"]: STATES.adapter.validate_json(row["state"]) for row in rows}
