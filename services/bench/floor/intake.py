"""The floor's intake: number, vault, screening."""

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from nats.aio.msg import Msg
from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.intake import PetitionContent

from services.intake.screening import proposing
from services.runtime.clock import ZONE, due_at
from services.runtime.inbox import Connection

from .jwe import Opener
from .rounds import Handle, Said

_PAST = {"accept": "accepted", "refer": "referred", "decline": "declined", "keep_on_file": "kept_on_file"}


def make(district: District, key_folder: Path) -> Handle:
    """The handler of a batch."""
    opener = Opener(key_folder / "vault.private.json")
    master = bytes.fromhex((key_folder / "master.secret").read_text())
    office = district.office_of_kind(OfficeKind.PETITION)[0].code
    supervisors = [one.code for one in district.office_of_kind(OfficeKind.SUPERVISION)]
    managers = [one.code for one in district.office_of_kind(OfficeKind.CASE_MANAGEMENT)]
    linked = {unit.code: str(unit.linked_office) for unit in district.units}
    forms = {channel.code: channel.form.value for channel in district.channels}

    async def handle(connection: Connection, batch: list[Msg], said: Said) -> None:
        today = datetime.now(ZONE).date()
        submits = [msg for msg in batch if ".submit_petition." in msg.subject]
        screens = [(msg, json.loads(msg.data)) for msg in batch if ".screen_petition." in msg.subject]
        heard = [(msg, json.loads(msg.data)) for msg in batch if ".event." in msg.subject]
        states = await _load(connection, sorted({data["petition"] for _, data in (*screens, *heard)}))
        serial = await _serial(connection, district.code, today.year) if submits else 0
        vault: list[tuple[Any, ...]] = []
        for msg in submits:
            data = json.loads(msg.data)
            plaintext = opener.open(data["content"])
            serial += 1
            number = f"{district.code}-{today.year}-{serial:06d}"
            traits = {
                "channel": data["channel"],
                "form": forms[data["channel"]],
                "received_on": today.isoformat(),
                "town": json.loads(plaintext).get("village"),
                "transferred": False,
            }
            states[number] = {"status": "registered", "traits": traits, "tied": []}
            vault.append(_lock(plaintext, number, master))
            proposals = proposing.propose(PetitionContent.model_validate_json(plaintext), district)
            fact = {"petition": number, "traits": traits, "excluded": []}
            whole = json.dumps(fact | {"proposals": [one.model_dump() for one in proposals]}).encode()
            said.fact(msg, "intake.petition_registered.v1", whole, office)
            said.notice(msg, "intake.petition_registered.v1", json.dumps(fact).encode(), msg.subject.rsplit(".", 1)[1])
        for msg, data in screens:
            number, decision = data["petition"], data["decision"]
            kind, traits = decision.pop("kind"), states[number]["traits"]
            body = json.dumps(_screened(number, kind, decision, traits, today.isoformat())).encode()
            states[number] = {"status": _PAST[kind], "traits": traits, "screened_at": today.isoformat()}
            told = [msg.subject.rsplit(".", 1)[1]]
            if kind == "accept" and decision["first_time"]:
                own = decision["rank"] in district.handling.own_ranks
                told += supervisors if own else [linked[decision["responsible_unit"]]]
                told += managers
            said.fact(msg, f"intake.petition_{_PAST[kind]}.v1", body, *told)
            if kind == "accept" and decision["real_name"] and decision["first_time"]:
                due = _notice(district, states[number], "acceptance", json.loads(body))
                said.fact(msg, "intake.notice_due.v1", due)
        for msg, data in heard:
            if ".leader_named." in msg.subject:
                learnt = {"leader": data["leader"]}
            else:
                learnt = {"unit": data["unit"]} if ".case_assigned." in msg.subject else {"ended_at": today.isoformat()}
            states[data["petition"]] |= learnt
            if ".case_concluded." in msg.subject and data["traits"]["real_name"]:
                due = _notice(district, states[data["petition"]], "result", data)
                said.fact(msg, "intake.notice_due.v1", due, office, data["unit"])
        await _save(connection, states, vault)
        if submits:
            await connection.execute(
                "UPDATE intake.serials SET last = $3 WHERE district = $1 AND year = $2",
                district.code,
                today.year,
                serial,
            )

    return handle


def _screened(number: str, kind: str, decision: dict[str, Any], traits: dict[str, Any], today: str) -> dict[str, Any]:
    if kind != "accept":
        more = {"manner": "told"} if kind == "refer" else {}
        return {"petition": number, "traits": traits, **decision, **more}
    case = {name: decision[name] for name in ("category", "rank", "real_name", "first_time")}
    return {
        "petition": number,
        "traits": {**traits, "accepted_on": today, **case},
        "responsible_unit": decision.get("responsible_unit"),
        "excluded": [],
    }


_CLOCKS = {"acceptance": "acceptance_notice", "result": "result_feedback"}


def _notice(district: District, state: dict[str, Any], kind: str, fact: dict[str, Any]) -> bytes:
    """A notice that is owed from now on, kept with the petition."""
    clock = district.clocks[_CLOCKS[kind]]
    due = {
        "kind": kind,
        "traits": fact["traits"],
        "due_at": due_at(datetime.now(ZONE), clock, district.calendar).isoformat(),
    }
    state.setdefault("notices", {})[f"{kind}_1"] = due
    named = {"petition": fact["petition"], "notice": f"{kind}_1", "basis": clock.basis}
    return json.dumps(named | due).encode()


async def _load(connection: Connection, numbers: list[str]) -> dict[str, Any]:
    if not numbers:
        return {}
    rows = await connection.fetch(
        "SELECT petition, state FROM intake.petitions WHERE petition = ANY($1::text[]) ORDER BY petition FOR UPDATE",
        numbers,
    )
    return {row["petition"]: json.loads(row["state"]) for row in rows}


async def _serial(connection: Connection, district: str, year: int) -> int:
    await connection.execute(
        "INSERT INTO intake.serials (district, year, last) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING", district, year
    )
    return int(
        await connection.fetchval(
            "SELECT last FROM intake.serials WHERE district = $1 AND year = $2 FOR UPDATE", district, year
        )
    )


def _lock(plaintext: bytes, number: str, master: bytes) -> tuple[Any, ...]:
    # As wide as a locked salt.
    data_key, nonce, salt = secrets.token_bytes(32), secrets.token_bytes(12), secrets.token_bytes(44)
    ciphertext = nonce + AESGCM(data_key).encrypt(nonce, plaintext, number.encode())
    return number, aes_key_wrap(master, data_key), uuid4(), ciphertext, salt, secrets.token_bytes(32)


async def _save(connection: Connection, states: dict[str, Any], vault: list[tuple[Any, ...]]) -> None:
    await connection.execute(
        "INSERT INTO intake.petitions (petition, state) SELECT * FROM unnest($1::text[], $2::jsonb[])"
        " ON CONFLICT (petition) DO UPDATE SET state = EXCLUDED.state",
        list(states),
        [json.dumps(state) for state in states.values()],
    )
    if vault:
        number, wrapped, ids, ciphertext, salt, digest = (list(column) for column in zip(*vault, strict=True))
        await connection.execute(
            "INSERT INTO intake.vault (petition, wrapped_key) SELECT * FROM unnest($1::text[], $2::bytea[])",
            number,
            wrapped,
        )
        await connection.execute(
            "INSERT INTO intake.documents (id, petition, kind, ciphertext, salt, digest)"
            " SELECT i, p, 'petition', c, s, d"
            " FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[]) AS u (i, p, c, s, d)",
            ids,
            number,
            ciphertext,
            salt,
            digest,
        )
