"""What notices say: templates filled in memory. Functions of values."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from jinja2 import DictLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from xinfang_contracts.district import District
from xinfang_contracts.intake import Accused, PetitionContent
from xinfang_contracts.notices import NoticeKind

from ..vault.redaction import find_leaks

NAMES = tuple(f"{kind.value}.{way}.txt" for kind in NoticeKind for way in ("mail", "letter"))
"""The templates that there must be."""
_LONGEST_NAME, _LONGEST_ADDRESS = 20, 66
"""Characters that fit the envelope's window: what is longer would be cut off."""


class Kept(BaseModel):
    """A notice as the vault keeps it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Mail(Kept):
    """An e-mail that says nothing a stranger may not read."""

    way: Literal["mail"] = "mail"
    to: str
    subject: str
    body: str
    written_on: date


class Letter(Kept):
    """A letter: the sheet whose address shows in the envelope's window, and the letter itself."""

    way: Literal["letter"] = "letter"
    name: str
    address: str
    return_address: str | None
    title: str
    paragraphs: list[str]
    organ: str
    written_on: date


Written: TypeAdapter[Mail | Letter] = TypeAdapter(Annotated[Mail | Letter, Field(discriminator="way")])


@dataclass(frozen=True, slots=True)
class Matter:
    """What a template may say of a petition."""

    number: str
    received_on: date
    written_on: date


class Wording:
    """A district's templates. jinja2's TemplateError when one is broken or asks for something it does not get."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._templates = SandboxedEnvironment(
            loader=DictLoader(dict(templates)), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def mail(self, kind: NoticeKind, to: str, on: date, district: District) -> Mail:
        """The first line is the subject. Neither name nor number nor organ is given to the template."""
        subject, _, body = self._filled(f"{kind.value}.mail.txt", ask=_ask(district)).partition("\n")
        return Mail(to=to, subject=subject.strip(), body=body.strip() + "\n", written_on=on)

    def letter(self, kind: NoticeKind, name: str, address: str, matter: Matter, district: District) -> Letter:
        """The first line is the title, a blank line ends a paragraph."""
        text = self._filled(
            f"{kind.value}.letter.txt",
            name=name,
            number=matter.number,
            received_on=_chinese(matter.received_on),
            organ=district.organ,
            ask=_ask(district),
        )
        title, _, rest = text.partition("\n")
        paragraphs = [" ".join(one.split()) for one in rest.split("\n\n")]
        return Letter(
            name=name,
            address=address,
            return_address=district.notices.return_address if district.notices else None,
            title=title.strip(),
            paragraphs=[one for one in paragraphs if one],
            organ=district.organ,
            written_on=matter.written_on,
        )

    def _filled(self, template: str, /, **values: str | None) -> str:
        return self._templates.get_template(template).render(**values).strip()


def unfit(mail_or_letter: Mail | Letter, content: PetitionContent, names: Collection[str]) -> list[str]:
    """What in a notice must not be read by a stranger, in codes; empty when it may go.

    names: of the organ and its parts. A letter is to its reporter by name, in its window and inside.
    """
    match mail_or_letter:
        case Mail(subject=subject, body=body):
            text, allowed = f"{subject}\n{body}", set[str]()
        case Letter(title=title, paragraphs=paragraphs, organ=organ):
            text, allowed = "\n".join([title, *paragraphs, organ]), {"name"}
    found = [code for code in find_leaks(text, content, names) if code not in allowed]
    return [*found, "accused"] if any(_names(one, text, names) for one in content.accused) else found


def _names(accused: Accused, text: str, names: Collection[str]) -> bool:
    """Whether the text has the accused's name or organisation, other than as the organ's own."""
    for one in sorted(names, key=len, reverse=True):
        text = text.replace(one, " ")
    return any(len(one) > 1 and one in text for one in (accused.name or "", accused.organisation or ""))


def prints(letter: Letter, printable: Container[str]) -> bool:
    """Whether all of it can be printed: each character is in the font, and name and address fit the window."""
    parts = [letter.name, letter.address, letter.return_address or "", letter.title, *letter.paragraphs, letter.organ]
    fits = len(letter.name) <= _LONGEST_NAME and len(letter.address) <= _LONGEST_ADDRESS
    return fits and all(one in printable for one in "".join(parts))


def _ask(district: District) -> str | None:
    return district.notices.ask if district.notices else None


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
