"""Whether a record's signature is its person's, over what the record says. Pure: public keys are enough."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from xinfang_contracts.registry import BY_TYPE
from xinfang_contracts.signing import PublicJwk, Signature, Signed, canonical, thumbprint

from ..signing.algorithms import holds

DECISIONS: Mapping[str, str] = {
    "review.opinion_given.v1": "review.give_opinion.v1",
    "review.report_returned.v1": "review.give_opinion.v1",
    "review.clarification_approved.v1": "review.approve_clarification.v1",
    "review.clarification_refused.v1": "review.approve_clarification.v1",
    "review.case_reopened.v1": "review.reopen_case.v1",
    "review.result_sent_up.v1": "review.send_result_up.v1",
}
"""Records that are a person's decision -> the command by which it was made."""
RENAMED: Mapping[tuple[str, str], str] = {
    ("review.report_returned.v1", "reason"): "returned",
    ("review.clarification_refused.v1", "ground"): "refused",
}
"""Where a record calls a part of the command otherwise: (record, its part) -> the command's."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A key of one signer. None: never enrolled, never revoked."""

    person: str
    sign: PublicJwk
    enrolled_at: datetime | None = None
    revoked_at: datetime | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether it was enrolled by then, and not yet revoked."""
        is_begun = self.enrolled_at is not None and self.enrolled_at <= at
        return is_begun and (self.revoked_at is None or at < self.revoked_at)


@dataclass
class Keyring:
    """Who may sign as whom: (signer, key) -> enrolment. trusted: key -> (person, public key), from elsewhere."""

    enrolments: dict[tuple[str, str], Enrolment] = field(default_factory=dict)
    trusted: Mapping[str, tuple[str, PublicJwk]] | None = None

    def learn(self, type_: str, data: Mapping[str, Any]) -> bool:
        """Take up a fact on a key; False where it says what cannot be."""
        place = (str(data["signer"]), str(data["key"]))
        known = self.enrolments.get(place)
        if type_.startswith("review.key_revoked"):
            if known is None or known.person != data["person"]:
                return False
            ended = datetime.fromisoformat(data["revoked_at"])
            self.enrolments[place] = Enrolment(known.person, known.sign, known.enrolled_at, ended)
            return True
        sign = PublicJwk.model_validate(data["sign"])
        if thumbprint(sign) != place[1] or (known is not None and known.person != data["person"]):
            return False
        begun = datetime.fromisoformat(data["enrolled_at"]) if "enrolled_at" in data else None
        self.enrolments[place] = Enrolment(data["person"], sign, begun)
        return True

    def persons_of(self, signer: str, at: datetime) -> set[str]:
        """Whoever was enrolled as this signer at a moment."""
        return {one.person for (name, _), one in self.enrolments.items() if name == signer and one.holds_at(at)}

    def wrong(self, signer: str, signed: Signed, at: datetime) -> str | None:
        """What is wrong with the key of a signature of that moment."""
        found = self.enrolments.get((signer, signed.key))
        if found is None or found.person != signed.person or found.enrolled_at is None or at < found.enrolled_at:
            return "unknown_key"
        if found.revoked_at is not None and at >= found.revoked_at:
            return "revoked_key"
        if self.trusted is not None and self.trusted.get(signed.key) != (found.person, found.sign):
            return "other_key"
        return None if holds(signed.alg, found.sign, signed.text, signed.value) else "signature"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the report: its document's digest, and the hashes of its records so far."""

    over: str | None
    seen: Collection[str | None]


def wrong(
    type_: str, data: Mapping[str, Any], signer: str, version: Version, keys: Keyring, at: datetime
) -> str | None:
    """What is wrong with a record's signature, as a code of words.FAULTS; None where it holds."""
    try:
        signed = Signed.model_validate(data["signed"])
        text = json.loads(signed.text)
        is_canonical = canonical(text) == signed.text
        command = text["data"]
        signature = Signature.model_validate(command["signature"] | {"value": signed.value})
        stands = text.keys() == {"actor", "data", "type"} and is_canonical
    except (ValidationError, ValueError, KeyError, TypeError):
        return "other_text"
    if not stands or text["actor"] != signer or text["type"] != DECISIONS[type_]:
        return "other_text"
    if (signature.person, signature.key, signature.alg) != (signed.person, signed.key, signed.alg):
        return "other_text"
    if not _says_the_same(type_, command, data):
        return "other_text"
    if signature.over != version.over or signature.seen not in version.seen:
        return "other_version"
    return keys.wrong(signer, signed, at)


def _says_the_same(type_: str, command: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether each part of the command stands in the record, and the record has no other."""
    parts = {name: part for name, part in command.items() if name != "signature"}
    said = {RENAMED.get((type_, name), name): part for name, part in data.items()}
    shared = BY_TYPE[DECISIONS[type_]].model.model_fields.keys() - {"signature"}
    return parts == {name: part for name, part in said.items() if name in shared}
