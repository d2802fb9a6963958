"""What intake's HTTP doors take, and what they answer."""

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError
from xinfang_contracts.intake import Accused, PetitionContent, Reporter
from xinfang_contracts.message import Code, Message, PetitionNumber

from services.runtime.faults import Fault


class Given(Message):
    """What a stranger sends: a misspelt name is an error, or what it holds would be lost without a word.

    It stands last among the bases: of two configurations pydantic takes the later one.
    """

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _has_no_nul(cls, value: object) -> object:
        if isinstance(value, str) and "\x00" in value:
            raise PydanticCustomError("nul", "NUL")
        return value


def says_something(text: str) -> str:
    """A text of more than blanks."""
    if not text.strip():
        raise PydanticCustomError("blank", "blank")
    return text


class GivenReporter(Reporter, Given):
    """Who reports; leave it out to stay anonymous."""


class GivenAccused(Accused, Given):
    """Who is reported."""


class GivenContent(PetitionContent, Given):
    """What a petition says."""

    accused: list[GivenAccused] = Field(default=[], max_length=20)  # type: ignore[assignment]
    reporter: GivenReporter | None = None
    receipt: SkipJsonSchema[None] = None

    _says_something = field_validator("text")(says_something)

    def content(self) -> PetitionContent:
        """What goes into the vault."""
        names = PetitionContent.model_fields.keys()
        return PetitionContent.model_validate(self.model_dump(include={*names} - {"receipt"}))


class GivenPetition(GivenContent):
    """A petition and the channel that it comes through."""

    channel: Code


class HandedIn(BaseModel):
    """The answer to who hands in a petition: its number, and the code with which they can come back."""

    petition: PetitionNumber
    receipt: str


class LedgerRow(BaseModel):
    """What became of one row: a number and a receipt, or errors; on a dry run neither is made."""

    row: int
    serial: str | None = None
    petition: PetitionNumber | None = None
    receipt: str | None = None
    errors: list[Fault] | None = None


class LedgerReport(BaseModel):
    """What became of a ledger."""

    rows: list[LedgerRow]
    accepted: int
    refused: int
