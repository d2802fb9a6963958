"""A supervision letter is read by the unit that it is to, and opens nothing else to it."""

from collections.abc import Callable
from datetime import date

import pytest
from xinfang_contracts.vault import DocumentRead, ReadRefused

from services.installation import Installation
from tests.eventually import eventually
from tests.flows.outside import tick
from tests.parts.vaulted import CASE, PRINCIPAL, STRANGER, WORDS, assigned, deposited, opened, read, said

ADDRESSEE = "unit_430406002"
ISSUE = "routing.issue_supervision_letter.v1"


@pytest.fixture(scope="module")
def installation(install: Callable[..., Installation]) -> Installation:
    """Of its own."""
    return install()


async def issued(installation: Installation, petition: str, kind: str) -> str:
    """A document of that kind, named by the principal as a letter to the addressee; its id."""
    _, deposit = await deposited(installation, petition, WORDS, actor=PRINCIPAL, kind=kind)
    letter = deposit["document"]
    type_, fact = await said(
        installation, PRINCIPAL, ISSUE, petition=petition, to=ADDRESSEE, ground="evasive", letter=letter
    )
    assert type_ == "routing.supervision_letter_issued.v1", fact
    return str(letter["document"])


async def test_the_addressee_reads_the_letter_and_nothing_else(installation: Installation) -> None:
    await tick(installation, f"{date(2023, 3, 1)}")
    petition, _ = await assigned(installation)
    letter = await issued(installation, petition, "letter")

    async def readable() -> DocumentRead | None:
        answer = await read(installation, ADDRESSEE, petition, document=letter)
        return answer if isinstance(answer, DocumentRead) else None

    answer = await eventually(readable)
    assert answer is not None and answer.others is None
    assert WORDS in opened(installation, ADDRESSEE, answer).decode()
    assert isinstance(await read(installation, ADDRESSEE, petition), ReadRefused)
    assert isinstance(await read(installation, STRANGER, petition, document=letter), ReadRefused)
    _, remarks = await deposited(installation, petition, actor=CASE)
    other = remarks["document"]["document"]
    assert isinstance(await read(installation, ADDRESSEE, petition, document=other), ReadRefused)


async def test_a_document_that_is_no_letter_is_not_opened_by_being_named_one(installation: Installation) -> None:
    petition, _ = await assigned(installation)
    named = await issued(installation, petition, "remarks")
    letter = await issued(installation, petition, "letter")

    async def readable() -> bool:
        return isinstance(await read(installation, ADDRESSEE, petition, document=letter), DocumentRead)

    assert await eventually(readable)
    # Heard later than the first, which by then is known as well.
    assert isinstance(await read(installation, ADDRESSEE, petition, document=named), ReadRefused)
