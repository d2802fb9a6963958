"""What passes between a reporter who comes back with the receipt and the organ: material, questions, answers."""

from typing import Annotated

from pydantic import Field

from .message import DocumentRef, Jwe, Message, PetitionNumber

LONGEST_TEXT = 20_000
"""Characters in one text."""

QuestionId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$", description="the document that holds the question")]


class AskReporter(Message):
    """Ask a reporter, who reads it at the next return. ``content``: JWE of the question under intake's public key."""

    petition: PetitionNumber
    content: Annotated[Jwe, Field(description="JWE of the text itself, UTF-8, 20,000 characters at most")]


class AddMaterial(Message):
    """A reporter adds to a petition. Said by intake's own doors only, which have seen the receipt."""

    petition: PetitionNumber
    content: Jwe


class AnswerQuestion(Message):
    """A reporter answers a question. Said by intake's own doors only, which have seen the receipt."""

    petition: PetitionNumber
    question: QuestionId
    content: Jwe


class ReplaceReceipt(Message):
    """A new receipt for somebody who has lost theirs and came in person. Said by intake's own doors only."""

    petition: PetitionNumber


Files = Annotated[
    list[DocumentRef] | None, Field(description="files that came with it, in the vault under ids of their own")
]


class MaterialAdded(Message):
    """More has come to a petition. Without a document it went, sealed, to the petition's one reader."""

    petition: PetitionNumber
    document: DocumentRef | None = None
    files: Files = None


class ReporterAsked(Message):
    """A question waits for the reporter's next return."""

    petition: PetitionNumber
    document: DocumentRef


class ReporterAnswered(Message):
    """The reporter has answered a question, which is closed by it."""

    petition: PetitionNumber
    question: QuestionId
    document: DocumentRef
    files: Files = None


class ReceiptReplaced(Message):
    """The receipts that a petition had do not work any more; a new one was handed over in person."""

    petition: PetitionNumber
