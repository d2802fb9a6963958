"""Whose word each record of a case is, and whether a conclusion has all that its chain demands. Pure."""

from collections.abc import Sequence

from xinfang_contracts.district import District

from ..chain import reviewers
from .findings import Finding, Record, Verdict
from .signatures import DECISIONS, Keyring, Version, wrong

SUBMITTED, GIVEN, CONCLUDED = "review.report_submitted.v1", "review.opinion_given.v1", "review.case_concluded.v1"
ASSESSED, APPROVED, REFUSED = (f"review.clarification_{step}.v1" for step in ("assessed", "approved", "refused"))
REOPENED, SENT_UP, VIEWED = "review.case_reopened.v1", "review.result_sent_up.v1", "review.view_recorded.v1"


class Voices:
    """Goes through a case's records in their order: whose word each is, and whether what it needs was said before."""

    def __init__(
        self, records: Sequence[Record], keys: Keyring, district: str, file: District | None, verdict: Verdict
    ) -> None:
        self._records = records
        self._keys = keys
        self._district = district
        self._file = file
        self._verdict = verdict
        self._over: str | None = None
        self._version: int | None = None
        self._unit = ""
        self._assessed: dict[int, str] = {}
        self._seen: list[str] = []
        self._last = ""
        self._voices: dict[str, str | None] = {}

    def check(self) -> None:
        """All of them."""
        for one in self._records:
            try:
                self._check(one)
            except (ValueError, KeyError, TypeError, AttributeError):
                self._fault("line", one)

    def _check(self, one: Record) -> None:
        if one.type == SUBMITTED:
            self._over, self._version = (one.data.get("report") or {}).get("digest"), one.data["version"]
            self._unit, self._seen, self._voices = one.data["unit"], [], {}
        elif one.type == ASSESSED:
            self._assessed[one.data["number"]] = one.data["document"]["digest"]
        elif one.type in (APPROVED, REFUSED):
            self._clarification(one)
        elif one.type in (REOPENED, SENT_UP):
            self._afterwards(one)
        elif one.type in DECISIONS:
            self._decision(one)
        elif one.type == CONCLUDED:
            self._conclusion(one)
        self._seen.append(one.data["link"]["hash"])
        self._last = one.type

    def _decision(self, one: Record) -> None:
        if one.data["version"] != self._version:
            self._fault("not_reported", one)
        actor = one.data["actor"]
        person = (one.data.get("signed") or {}).get("person")
        if "signed" not in one.data:
            self._unsigned(one)
        else:
            signer = f"{self._district}.{actor}"
            code = wrong(one.type, one.data, signer, Version(self._over, self._seen), self._keys, one.at)
            if code is None:
                self._verdict.signatures += 1
            else:
                self._fault(code, one)
            if person in {voice for name, voice in self._voices.items() if name != actor}:
                self._fault("same_person", one)
            if person in self._keys.persons_of(f"{self._district}.{self._unit}", one.at):
                self._fault("own_case", one)
        if one.type == GIVEN:
            self._voices[actor] = person

    def _clarification(self, one: Record) -> None:
        """The principal's word on a clarification, signed over its assessment; a refusal at that step needs none."""
        if one.data.get("step") == "assessment":
            return
        if "signed" not in one.data:
            self._unsigned(one)
            return
        signer = f"{self._district}.{one.data['by']}"
        version = Version(self._assessed.get(one.data["number"]), self._seen)
        code = wrong(one.type, one.data, signer, version, self._keys, one.at)
        if code is None:
            self._verdict.signatures += 1
        else:
            self._fault(code, one)
        if one.data["signed"]["person"] in self._keys.persons_of(f"{self._district}.{self._unit}", one.at):
            self._fault("own_case", one)

    def _afterwards(self, one: Record) -> None:
        """A case reopened, a result sent up: by somebody's word, or because of what was said before."""
        actor = one.data.get("by" if one.type == REOPENED else "approved_by")
        if "signed" in one.data:
            version = Version(None, self._seen)
            code = wrong(one.type, one.data, f"{self._district}.{actor}", version, self._keys, one.at)
            if code is None:
                self._verdict.signatures += 1
            else:
                self._fault(code, one)
        elif not self._follows(one, actor):
            self._unsigned(one)

    def _follows(self, one: Record, actor: str | None) -> bool:
        """Whether nobody had to sign: the reporter came back or said so, or whoever approves signed the conclusion."""
        if one.type == SENT_UP:
            return actor in self._voices
        return actor is None or self._last == VIEWED

    def _unsigned(self, one: Record) -> None:
        if self._file is not None and self._file.review.signatures != "required":
            self._verdict.notes.append(Finding("unsigned", one.place, one.type))
        else:
            self._fault("unsigned", one)

    def _conclusion(self, one: Record) -> None:
        if one.data["version"] != self._version:
            self._fault("not_reported", one)
        demanded = [actor for step in one.data.get("demanded") or [] for actor in step]
        missing = [actor for actor in demanded if actor not in self._voices]
        if missing or not demanded:
            self._fault("voice_missing", one, "、".join(missing) or None)
        if self._file is not None and not self._is_of_file(one):
            self._fault("other_chain", one)

    def _is_of_file(self, one: Record) -> bool:
        """Whether the file has this chain for this unit, and no more steps than were demanded."""
        if self._file is None or (unit := self._file.unit(one.data["unit"])) is None:
            return False
        chain = next((chain for chain in self._file.chains if chain.code == one.data["chain"]), None)
        if chain is None or unit.kind not in chain.applies_to:
            return False
        demanded = one.data.get("demanded") or []
        # The superior, who steps in where nobody else is left, may hold several places with one voice.
        is_above = any(self._file.remit.superior in step for step in demanded)
        return is_above or len(demanded) >= len(reviewers(self._file, unit, ()))

    def _fault(self, code: str, one: Record, detail: str | None = None) -> None:
        self._verdict.faults.append(Finding(code, one.place, one.type, detail))
