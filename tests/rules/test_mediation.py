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
from services.intake.beside.facts import EraseItem, HandedOver, Placed, SealedWords, ShelveWords
from services.intake.beside.state import Failed, Settled, State
from services.intake.state import Erased
from services.runtime.errors import NotYet
from services.runtime.rules import Seal
from tests.rules.beside import (
    DOCUMENT,
    ELSEWHERE_UNIT,
    FAILED,
    FAR_VILLAGE,
    OFFICE,
    ON,
    REGISTERED,
    SEALED,
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
KNOWN = {NUMBER: REGISTERED}


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
    fact = the(mediation.link(failed, LINK, facts(OFFICE, petitions=KNOWN), now=NOW), MediationHandedOver)
    linked = after(opened(), FAILED, fact)
    assert isinstance(linked, Failed) and linked.petition == NUMBER
    assert mediation.link(linked, LINK, facts(OFFICE, petitions=KNOWN), now=NOW) == []
    other = LINK.model_copy(update={"petition": "430406-2023-000018"})
    given = facts(OFFICE, petitions=KNOWN | {other.petition: REGISTERED})
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
    assert refusal(mediation.link(state, LINK, facts(actor, petitions=KNOWN), now=NOW)) == reason


def test_what_went_on_as_a_petition_is_known_as_its() -> None:
    outputs = mediation.link(after(opened(), FAILED), LINK, facts(OFFICE, petitions=KNOWN), now=NOW)
    assert kept(outputs) == [HandedOver(item("M"), NUMBER)]


def test_what_went_on_as_a_sealed_petition_leaves_for_its_reader_and_is_destroyed_here() -> None:
    failed, petitions = after(opened(), FAILED), {NUMBER: SEALED}
    whole = SealedWords("superior_430400", JWE, (), frozenset({DOCUMENT.document}))
    outputs = mediation.link(failed, LINK, facts(OFFICE, petitions=petitions, sealed=whole), now=NOW)
    assert kept(outputs) == [HandedOver(item("M"), NUMBER), EraseItem(item("M"))]
    assert [one.reader for one in outputs if isinstance(one, Seal)] == ["superior_430400"]
    for sealed in (None, SealedWords("superior_430400", JWE, ())):
        with pytest.raises(NotYet):
            mediation.link(failed, LINK, facts(OFFICE, petitions=petitions, sealed=sealed), now=NOW)


def test_nothing_goes_on_as_an_erased_petition() -> None:
    given = facts(OFFICE, petitions={NUMBER: Erased(erased_on=ON)})
    assert refusal(mediation.link(after(opened(), FAILED), LINK, given, now=NOW)) is RefusalReason.ERASED
