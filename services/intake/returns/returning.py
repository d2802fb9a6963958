"""The reporter's return: more material, questions and answers, a lost receipt. Functions of values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xinfang_contracts.district import District
from xinfang_contracts.intake import RefusalReason, SealedPetition
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.returning import (
    AddMaterial,
    AnswerQuestion,
    AskReporter,
    MaterialAdded,
    ReceiptReplaced,
    ReplaceReceipt,
    ReporterAnswered,
    ReporterAsked,
)

from services.runtime.errors import NotYet
from services.runtime.rules import Keep, Notice, Output, Refused, Seal, is_ours

from .. import state as petitions
from ..decide import MadeReceipt, petition_offices
from ..repeats import linking
from ..sealed.sealing import SealedPart, seal_files
from ..state import Erased, Exchange, Question, Returnable, Sealed, State


@dataclass(frozen=True, slots=True)
class Text:
    """A text, or a file as its packed bytes, for the vault. ``digest``: SHA-256 over salt and content, in hex."""

    id: str
    kind: str
    content: bytes
    salt: bytes
    digest: str

    @property
    def ref(self) -> DocumentRef:
        """By which the text is told of."""
        return DocumentRef(document=self.id, digest=self.digest)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a message of this module brings, opened in memory.

    text, files: for the vault; sealed, sealed_files: the same for ``reader``, whose alone the petition is; receipt: a
    new one's digest.
    """

    text: Text | None = None
    reader: str | None = None
    sealed: str | None = None
    receipt: bytes | None = None
    files: tuple[Text, ...] = ()
    sealed_files: tuple[SealedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What these rules need to know: the district, who speaks, what was brought."""

    district: District
    actor: str
    brought: Brought


@dataclass(frozen=True, slots=True)
class Added:
    """A text for the vault, under the data key of a petition that is there already."""

    petition: str
    text: Text


def ask(state: State, message: AskReporter, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The petition office asks; the reporter reads it at the next return."""
    if facts.actor not in petition_offices(facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    # 规则15: of a sealed one its reader asks by their own ways; the office must not learn by asking that it is there.
    if state is None or isinstance(state, Erased | Sealed) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    text = _text(facts)
    return [ReporterAsked(petition=message.petition, document=text.ref), Keep(Added(message.petition, text))]


def add_material(state: State, message: AddMaterial, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The reporter adds to the petition, whatever has become of it: into the vault, or sealed to its one reader."""
    if state is None or isinstance(state, Erased) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    reader = state.reader if isinstance(state, Sealed) else None
    if reader != facts.brought.reader:
        # The door has sealed for whom it saw; by now the petition is somebody else's. Sent again, it looks again.
        raise NotYet
    if reader is not None:
        return [MaterialAdded(petition=message.petition), *_seal(message.petition, reader, facts, now)]
    fact = MaterialAdded(petition=message.petition, document=_text(facts).ref, files=_files(facts))
    return [fact, *_keep(message.petition, facts), *_tell(fact, facts.district)]


def answer(state: State, message: AnswerQuestion, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """The reporter answers a question: once."""
    if state is None or isinstance(state, Erased) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    question = None if state.exchange is None else state.exchange.questions.get(message.question)
    if question is None or isinstance(state, Sealed):
        return [Refused(RefusalReason.UNKNOWN_QUESTION)]
    if question.answered:
        return [Refused(RefusalReason.ALREADY_ANSWERED)]
    fact = ReporterAnswered(
        petition=message.petition, question=message.question, document=_text(facts).ref, files=_files(facts)
    )
    return [fact, *_keep(message.petition, facts), *_tell(fact, facts.district)]


def replace(state: State, message: ReplaceReceipt, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """A new receipt for who has lost theirs. Of a sealed petition as well: a refusal would tell that it is one."""
    if facts.actor not in petition_offices(facts.district):
        return [Refused(RefusalReason.NOT_ENTITLED)]
    if state is None or isinstance(state, Erased) or not is_ours(message.petition, facts.district):
        return [Refused(RefusalReason.UNKNOWN_PETITION)]
    if facts.brought.receipt is None:
        raise ValueError("a replacement comes with the digest of what replaces")
    fact = ReceiptReplaced(petition=message.petition)
    made = MadeReceipt(message.petition, facts.brought.receipt, now, replaces=True)
    return [fact, Keep(made), *_tell(fact, facts.district)]


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The petition after a fact: what intake's other rules make of it, and what the reporter's return needs."""
    after = linking.evolve(petitions.evolve(state, fact, now), fact, state)
    if not isinstance(after, Returnable):
        return after
    before = state.exchange if isinstance(state, Returnable) else None
    exchange = _after(before, fact, now)
    return after if exchange == after.exchange else after.model_copy(update={"exchange": exchange})


def _after(exchange: Exchange | None, fact: Message, now: datetime) -> Exchange | None:
    known = exchange or Exchange()
    match fact:
        case MaterialAdded():
            return known.model_copy(update={"materials": known.materials + 1})
        case ReporterAsked():
            asked = {fact.document.document: Question(asked_at=now)}
            return known.model_copy(update={"questions": known.questions | asked})
        case ReporterAnswered():
            question = known.questions[fact.question].model_copy(update={"answered": True})
            return known.model_copy(update={"questions": known.questions | {fact.question: question}})
        case _:
            return exchange


def _seal(petition: str, reader: str, facts: Facts, now: datetime) -> list[Seal]:
    if facts.brought.sealed is None:
        raise ValueError("what has a reader comes sealed: it must not be kept in readable form")
    envelope = SealedPetition(
        petition=petition, district=facts.district.code, received_at=now, content=facts.brought.sealed
    )
    return [Seal(reader, envelope), *seal_files(reader, envelope, facts.brought.sealed_files)]


def _text(facts: Facts) -> Text:
    if facts.brought.text is None:
        raise ValueError("a text comes opened")
    return facts.brought.text


def _files(facts: Facts) -> list[DocumentRef] | None:
    return [file.ref for file in facts.brought.files] or None


def _keep(petition: str, facts: Facts) -> list[Keep]:
    """The text, then what came with it."""
    return [Keep(Added(petition, one)) for one in (_text(facts), *facts.brought.files)]


def _tell(fact: Message, district: District) -> list[Notice]:
    return [Notice(office, fact) for office in petition_offices(district)]
