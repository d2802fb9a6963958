"""What was said is read back for the one who asks again, and for nobody else."""

from datetime import UTC, datetime

from xinfang_contracts.envelope import Envelope
from xinfang_contracts.intake import CommandRefused, RefusalReason, SubmitPetition
from xinfang_contracts.registry import BY_TYPE

from services.runtime.incoming import Incoming, inbox_key
from services.runtime.rules import Refused
from services.runtime.saying import facts_in, say

SUBMIT = BY_TYPE["intake.submit_petition.v1"]


def incoming(actor: str, id_: str = "ledger/1") -> Incoming:
    return Incoming(
        key=inbox_key(f"430406.{actor}", id_),
        body_hash=b"",
        speaker=f"430406.{actor}",
        district="430406",
        actor=actor,
        entry=SUBMIT,
        envelope=Envelope(id=id_, type=SUBMIT.type, source=actor),
        message=SubmitPetition.model_construct(channel="letter", content=""),
        now=datetime(2023, 3, 1, tzinfo=UTC),
    )


def test_two_speakers_with_one_id_in_one_round_each_hear_their_own_answer() -> None:
    office, partner = incoming("office_petition"), incoming("partner_x")
    other = incoming("office_petition", "ledger/2")
    said = [
        output
        for one, reason in (
            (partner, RefusalReason.UNKNOWN_CHANNEL),
            (office, RefusalReason.ID_REUSED),
            (other, RefusalReason.OTHER),
        )
        for output in say("intake", one, [Refused(reason)]).outgoing
    ]
    for one, reason in ((office, RefusalReason.ID_REUSED), (partner, RefusalReason.UNKNOWN_CHANNEL)):
        (fact,) = facts_in("intake", said, one)
        assert isinstance(fact, CommandRefused)
        assert (fact.actor, fact.reason) == (one.actor, reason)
