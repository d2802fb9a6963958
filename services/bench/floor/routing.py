"""The floor's routing: a unit for a case, and its end."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nats.aio.msg import Msg
from xinfang_contracts.district import District, UnitKind

from services.runtime.inbox import Connection

from .rounds import Handle, Said

_WARNED = (("blue", 30), ("yellow", 15), ("red", 5))


def make(district: District, _key_folder: Path) -> Handle:
    """The handler of a batch."""
    organ = [unit.code for unit in district.units if unit.kind is UnitKind.ORGAN]
    leads = {zone.code: zone.lead for zone in district.zones}
    zones = {unit.code: zone.code for unit in district.units if (zone := district.zone_of(unit))}

    async def handle(connection: Connection, batch: list[Msg], said: Said) -> None:
        read = [(msg, json.loads(msg.data)) for msg in batch]
        rows = await connection.fetch(
            "SELECT petition, state FROM routing.cases WHERE petition = ANY($1::text[]) ORDER BY petition FOR UPDATE",
            sorted({data["petition"] for _, data in read}),
        )
        states: dict[str, tuple[dict[str, Any], datetime | None]] = {
            row["petition"]: (json.loads(row["state"]), None) for row in rows
        }
        for msg, data in read:
            number = data["petition"]
            if ".case_concluded." in msg.subject:
                states[number] = ({"status": "closed", "unit": states[number][0]["unit"]}, None)
                continue
            unit = data.get("responsible_unit") or organ[int(number.rsplit("-", 1)[1]) % len(organ)]
            started = datetime.fromisoformat((msg.headers or {})["ce-time"])
            due = started + timedelta(days=91)
            warnings = [{"colour": colour, "at": str(due - timedelta(days=n))} for colour, n in _WARNED]
            clock: dict[str, Any] = {
                "name": "handling",
                "started_at": str(started),
                "due_at": str(due),
                "basis": "规则21",
            }
            clock |= {"length": 3, "unit": "month", "warnings": warnings}
            zone = zones.get(unit)
            state = {"status": "open", "unit": unit, "zone": zone, "clock": clock, "overdue": False}
            states[number] = (state, due - timedelta(days=30))
            fact = {"petition": number, "traits": data["traits"], "unit": unit, "zone": zone, "mode": "unit"}
            body = json.dumps({**fact, "clock": clock, "rule": "responsible_unit", "excluded": []}).encode()
            said.fact(msg, "routing.case_assigned.v1", body, unit)
            if not data["traits"]["first_time"] and zone is not None:
                named = {"petition": number, "leader": leads[zone], "rule": "zone_lead", "reasons": ["repeat"]}
                body = json.dumps({**named, "unit": unit, "zone": zone}).encode()
                said.fact(msg, "routing.leader_named.v1", body, leads[zone], unit)
        await connection.execute(
            "INSERT INTO routing.cases (petition, state, due_at)"
            " SELECT * FROM unnest($1::text[], $2::jsonb[], $3::timestamptz[])"
            " ON CONFLICT (petition) DO UPDATE SET state = EXCLUDED.state, due_at = EXCLUDED.due_at",
            list(states),
            [json.dumps(state) for state, _ in states.values()],
            [due for _, due in states.values()],
        )

    return handle
