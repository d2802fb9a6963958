"""The floor's review: a report goes along its chain."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from nats.aio.msg import Msg
from xinfang_contracts.district import District, OfficeKind

from services.review.chain import chain_of, reviewers
from services.runtime.clock import ZONE
from services.runtime.inbox import Connection

from .rounds import Handle, Said


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
                _opinion(msg, data, states[number], said)
        await connection.execute(
            "INSERT INTO review.cases (petition, state) SELECT * FROM unnest($1::text[], $2::jsonb[])"
            " ON CONFLICT (petition) DO UPDATE SET state = EXCLUDED.state",
            list(states),
            [json.dumps(state) for state in states.values()],
        )

    def _report(msg: Msg, data: dict[str, Any], state: dict[str, Any], said: Said) -> None:
        unit = state["case"]["unit"]
        state |= {"status": "under_review", "outcome": data["outcome"], "recovered": data["recovered_yuan"]}
        state["given"] = []
        body = json.dumps({**data, "unit": unit}).encode()
        said.fact(msg, "review.report_submitted.v1", body, unit, *steps[unit][0])

    def _opinion(msg: Msg, data: dict[str, Any], state: dict[str, Any], said: Said) -> None:
        number, actor, unit = data["petition"], msg.subject.rsplit(".", 1)[1], state["case"]["unit"]
        state["given"].append(actor)
        step = next(i for i, one in enumerate(steps[unit]) if actor in one)
        is_through = all(one in state["given"] for one in steps[unit][step])
        told = steps[unit][step + 1] if is_through and step + 1 < len(steps[unit]) else []
        body = json.dumps({"petition": number, "version": 1, "actor": actor, "step": step + 1}).encode()
        said.fact(msg, "review.opinion_given.v1", body, actor, *told)
        if is_through and step + 1 == len(steps[unit]):
            state["status"] = "concluded"
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
            }
            said.fact(msg, "review.case_concluded.v1", json.dumps(concluded).encode(), unit, office)

    return handle
