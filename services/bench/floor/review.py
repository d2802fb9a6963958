"""The floor's review: a report goes along its chain; voices, demands and open tasks stand beside the cases."""

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nats.aio.msg import Msg
from xinfang_contracts.district import District, OfficeKind

from services.review.chain import chain_of, reviewers
from services.review.joint.places import ask
from services.review.joint.tables import add_demands, add_opinions, replace_tasks
from services.runtime.clock import ZONE
from services.runtime.inbox import Connection

from .rounds import Handle, Said

_OPINION = "review.give_opinion.v1"


@dataclass
class Kept:
    """What a batch writes beside the states."""

    opinions: list[tuple[Any, ...]] = field(default_factory=list)
    demands: list[tuple[str, int, list[str]]] = field(default_factory=list)


def make(district: District, _key_folder: Path) -> Handle:
    """The handler of a batch."""
    office = district.office_of_kind(OfficeKind.PETITION)[0].code
    steps = {unit.code: reviewers(district, unit, []) for unit in district.units}
    chains = {unit.code: chain_of(district, unit) for unit in district.units}

    async def handle(connection: Connection, batch: list[Msg], said: Said) -> None:
        read = [(msg, json.loads(msg.data)) for msg in batch]
        rows = await connection.fetch(
            "SELECT petition, state FROM review.cases WHERE petition = ANY($1::text[]) ORDER BY petition FOR UPDATE",
            sorted({data["petition"] for _, data in read}),
        )
        states = {row["petition"]: json.loads(row["state"]) for row in rows}
        rows = await connection.fetch("SELECT key, state FROM review.keys WHERE district = $1", district.code)
        keys = {row["key"]: json.loads(row["state"]) for row in rows}
        kept = Kept()
        # A report can overtake the assignment that it answers: they come from two streams.
        read.sort(key=lambda one: ".command." in one[0].subject)
        for msg, data in read:
            number = data["petition"]
            if ".case_assigned." in msg.subject:
                case = {name: data[name] for name in ("traits", "unit", "zone", "excluded")}
                states[number] = {"status": "awaiting", "case": case, "version": 1}
            elif number not in states:
                said.early.append(msg)
            elif ".leader_named." in msg.subject:
                states[number]["case"]["led"] = True
            elif ".submit_report." in msg.subject:
                _report(msg, data, states[number], said)
            else:
                _opinion(msg, data, states[number], keys, said, kept)
        await connection.execute(
            "INSERT INTO review.cases (petition, state) SELECT * FROM unnest($1::text[], $2::jsonb[])"
            " ON CONFLICT (petition) DO UPDATE SET state = EXCLUDED.state",
            list(states),
            [json.dumps(state) for state in states.values()],
        )
        await replace_tasks(connection, list(states), [row for number in states for row in _open(number, states)])
        if kept.opinions:
            await add_opinions(connection, kept.opinions)
        if kept.demands:
            await add_demands(connection, kept.demands)

    def _open(number: str, states: dict[str, Any]) -> list[tuple[Any, ...]]:
        state = states[number]
        unit = state["case"]["unit"]
        if state["status"] == "awaiting":
            return [(number, unit, "report", 1, None, None)]
        waiting = next(
            ([one for one in step if one not in state["given"]] for step in steps[unit] if {*step} - {*state["given"]}),
            [],
        )
        return [
            (number, actor, "opinion", 1, datetime.fromisoformat(state["since"]), datetime.fromisoformat(state["due"]))
            for actor in waiting
        ]

    def _asking(state: dict[str, Any], actors: list[str]) -> dict[str, Any]:
        now = datetime.now(ZONE)
        asking = ask(actors, district, now).model_dump(mode="json", exclude_none=True)
        state |= {"since": now.isoformat(), "due": asking["by"][0].get("due_at", now.isoformat())}
        return asking

    def _report(msg: Msg, data: dict[str, Any], state: dict[str, Any], said: Said) -> None:
        unit = state["case"]["unit"]
        state |= {"status": "under_review", "outcome": data["outcome"], "recovered": data["recovered_yuan"]}
        state |= {"given": [], "persons": {}, "running": []}
        body = {**data, "unit": unit, "asking": _asking(state, steps[unit][0])}
        record = _linked(state, "review.report_submitted.v1", body)
        said.fact(msg, "review.report_submitted.v1", record, unit, *steps[unit][0])

    def _opinion(
        msg: Msg, data: dict[str, Any], state: dict[str, Any], keys: dict[str, Any], said: Said, kept: Kept
    ) -> None:
        number, actor, unit = data["petition"], msg.subject.rsplit(".", 1)[1], state["case"]["unit"]
        signed = _signed(district.code, actor, data, keys, state)
        state["given"].append(actor)
        state["persons"][actor] = signed["person"]
        step = next(i for i, one in enumerate(steps[unit]) if actor in one)
        is_through = all(one in state["given"] for one in steps[unit][step])
        told = steps[unit][step + 1] if is_through and step + 1 < len(steps[unit]) else []
        given = {"petition": number, "version": 1, "actor": actor, "step": step + 1, "signed": signed}
        kept.opinions.append((number, 1, actor, step + 1, signed["person"], "agreed", datetime.now(ZONE)))
        body = given | ({"asking": _asking(state, told)} if told else {})
        said.fact(msg, "review.opinion_given.v1", _linked(state, "review.opinion_given.v1", body), actor, *told)
        if is_through and step + 1 == len(steps[unit]):
            state["status"] = "concluded"
            kept.demands.append((number, 1, [one for places in steps[unit] for one in places]))
            concluded = {
                "petition": number,
                "traits": state["case"]["traits"],
                "unit": unit,
                "zone": state["case"]["zone"],
                "chain": chains[unit].code,
                "jointly_reviewed": chains[unit].joint,
                "version": 1,
                "outcome": state["outcome"],
                "recovered_yuan": state["recovered"],
                "concluded_on": datetime.now(ZONE).date().isoformat(),
                "acceptance": 1,
                "demanded": steps[unit],
            }
            record = _linked(state, "review.case_concluded.v1", concluded)
            said.fact(msg, "review.case_concluded.v1", record, unit, office)

    return handle


def _signed(
    district: str, actor: str, data: dict[str, Any], keys: dict[str, Any], state: dict[str, Any]
) -> dict[str, Any]:
    """The signature as it is kept; ValueError or InvalidSignature where it does not hold."""
    signature = dict(data["signature"])
    value, key = signature.pop("value"), keys[signature["key"]]
    if f"{district}.{actor}" not in key["enrolled"] or signature["seen"] not in state["running"]:
        raise ValueError("not this actor's key, or not of this version")
    text = _canonical({"actor": f"{district}.{actor}", "data": {**data, "signature": signature}, "type": _OPINION})
    Ed25519PublicKey.from_public_bytes(_decode(key["sign"]["x"])).verify(_decode(value), text.encode())
    return {"person": key["person"], "key": signature["key"], "alg": signature["alg"], "text": text, "value": value}


def _linked(state: dict[str, Any], type_: str, record: dict[str, Any]) -> bytes:
    """A record as the next of its case's chain."""
    place, previous = state.get("place", 0) + 1, state.get("head")
    text = _canonical({"data": record, "place": place, "previous": previous, "type": type_})
    digest = sha256(text.encode()).hexdigest()
    state |= {"place": place, "head": digest, "running": [*state["running"], digest]}
    link = {"place": place, "hash": digest} | ({"previous": previous} if previous else {})
    return json.dumps({**record, "link": link}).encode()


def _canonical(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
