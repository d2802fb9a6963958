"""The mediation hall: opened, settled or failed, and as a petition only what failed."""

from datetime import timedelta

import pytest
from xinfang_contracts.intake import RefusalReason
from xinfang_contracts.mediation import (
    FailMediation,
    LinkMediation,
    MediationFailed,
    MediationHandedOver,
    MediationOpened,
    MediationSettled,
    OpenMediation,
    SettleMediation,
)

from services.intake.beside import mediation
from services.intake.beside.facts import Placed, ShelveWords
from services.intake.beside.state import Failed, Settled, State
from tests.rules.beside import (
    ELSEWHERE_UNIT,
    FAILED,
    FAR_VILLAGE,
    OFFICE,
    ON,
    SETTLED,
    UNIT,
    VILLAGE,
    after,
    collected,
    facts,
    item,
    opened,
    words,
)
from tests.rules.given import JWE, NOW, NUMBER, TOWN, kept, refusal, the

HALL = item("M")
OPEN = OpenMediation(town=TOWN, on=ON, mediators=["hesilao_1", "hesilao_1"], content=JWE)
SETTLE, FAIL = SettleMediation(item=HALL, on=ON, content=JWE), FailMediation(item=HALL, on=ON)
LINK = LinkMediation(item=HALL, petition=NUMBER)
KNOWN = frozenset({NUMBER})


def test_a_mediation_opens_with_its_words_in_the_vault_and_its_village_nowhere_else() -> None:
    outputs = mediation.open_(None, OPEN, facts(UNIT, number=HALL, words=words()), now=NOW)
    fact = the(outputs, MediationOpened)
    assert (fact.item, fact.mediators, fact.document) == (HALL, ["hesilao_1"], words().ref)
    assert VILLAGE not in fact.model_dump_json()
    assert kept(outputs) == [ShelveWords(HALL, words()), Placed(HALL, VILLAGE)]


def test_a_mediation_is_opened_where_one_works_and_not_for_a_day_to_come() -> None:
    elsewhere = mediation.open_(None, OPEN, facts(ELSEWHERE_UNIT, number=HALL, words=words()), now=NOW)
    far = mediation.open_(None, OPEN, facts(UNIT, number=HALL, words=words(FAR_VILLAGE)), now=NOW)
    tomorrow = OPEN.model_copy(update={"on": ON + timedelta(days=1)})
    early = mediation.open_(None, tomorrow, facts(UNIT, number=HALL, words=words()), now=NOW)
    assert [refusal(one) for one in (elsewhere, far, early)] == [
        RefusalReason.NOT_ENTITLED,
        RefusalReason.UNKNOWN_PLACE,
        RefusalReason.TOO_EARLY,
    ]


def test_a_mediation_is_settled_with_what_was_agreed_in_the_vault() -> None:
    outputs = mediation.settle(after(opened()), SETTLE, facts(UNIT, words=words()), now=NOW)
    fact = the(outputs, MediationSettled)
    assert kept(outputs) == [ShelveWords(HALL, words())]
    state = after(opened(), fact)
    assert isinstance(state, Settled) and len(state.documents) == 2


@pytest.mark.parametrize("ending", [SETTLED, FAILED])
def test_what_is_over_is_over(ending: MediationSettled | MediationFailed) -> None:
    state = after(opened(), ending)
    assert refusal(mediation.settle(state, SETTLE, facts(UNIT), now=NOW)) == RefusalReason.ALREADY_DECIDED
    assert refusal(mediation.fail(state, FAIL, facts(UNIT), now=NOW)) == RefusalReason.ALREADY_DECIDED


def test_what_failed_goes_on_as_a_petition_that_there_is() -> None:
    failed = after(opened(), the(mediation.fail(after(opened()), FAIL, facts(UNIT), now=NOW), MediationFailed))
    assert isinstance(failed, Failed)
    assert refusal(mediation.link(failed, LINK, facts(OFFICE), now=NOW)) == RefusalReason.UNKNOWN_PETITION
    fact = the(mediation.link(failed, LINK, facts(OFFICE, known=KNOWN), now=NOW), MediationHandedOver)
    linked = after(opened(), FAILED, fact)
    assert isinstance(linked, Failed) and linked.petition == NUMBER
    assert mediation.link(linked, LINK, facts(OFFICE, known=KNOWN), now=NOW) == []
    other = LINK.model_copy(update={"petition": "430406-2023-000018"})
    given = facts(OFFICE, known=KNOWN | {other.petition})
    assert refusal(mediation.link(linked, other, given, now=NOW)) == RefusalReason.ALREADY_DECIDED


@pytest.mark.parametrize(
    ("state", "actor", "reason"),
    [
        (after(opened()), OFFICE, RefusalReason.TOO_EARLY),
        (after(opened(), SETTLED), OFFICE, RefusalReason.UNKNOWN_ITEM),
        (after(opened(), FAILED), UNIT, RefusalReason.NOT_ENTITLED),
        (after(collected()), OFFICE, RefusalReason.UNKNOWN_ITEM),
        (None, OFFICE, RefusalReason.UNKNOWN_ITEM),
    ],
)
def test_only_the_petition_office_links_and_only_what_failed(state: State, actor: str, reason: RefusalReason) -> None:
    assert refusal(mediation.link(state, LINK, facts(actor, known=KNOWN), now=NOW)) == reason
