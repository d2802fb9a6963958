"""What a person has typed into the public form: from a request to a petition with its files, or what is wrong."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from xinfang_contracts.district import District
from xinfang_contracts.intake import Accused, PetitionContent, Reporter

from services.runtime.doors import SaidNo
from services.runtime.faults import WHAT, Fault, faults_of

from ..decide import Attachment
from ..files import attachments
from .forms import GivenPetition

_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
_MOST_FILES = 50
_MOST_FIELDS = 40
INCOMPLETE = (
    "表单没有完整送达，未保存。请返回上一页再提交一次。 / "
    "The form did not arrive whole; nothing was stored. Go back and send it once more."
)
EXPIRED = "页面停留太久，请再点一次“提交” / The page was open for too long; please press the button once more"
NOTHING_SAID = "请写下您要反映的情况 / Please write what you want to report"
UNKNOWN_PLACE = "请从列表中选择 / Please choose from the list"


def _longest(model: type[BaseModel], name: str) -> int:
    limits = (getattr(one, "max_length", None) for one in model.model_fields[name].metadata)
    return next(limit for limit in limits if isinstance(limit, int))


LIMITS: Mapping[str, int] = {
    "text": _longest(PetitionContent, "text"),
    "accused.0.name": _longest(Accused, "name"),
    "accused.0.organisation": _longest(Accused, "organisation"),
    "accused.0.post": _longest(Accused, "post"),
    "reporter.name": _longest(Reporter, "name"),
    "reporter.contact": _longest(Reporter, "contact"),
}
"""How many characters each field may hold: those of the contract."""
FIELDS = (*LIMITS, "accused.0.rank", "village")


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it came. ``key``: made with the page, so that sending it twice is sending it once."""

    key: str = ""
    values: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    files: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Understood:
    """A petition as the form says it."""

    content: PetitionContent
    files: tuple[Attachment, ...]


def new_key() -> str:
    """A key that nobody guesses."""
    return secrets.token_urlsafe(24)


async def read(request: Request) -> Typed:
    """The form of a request, whichever way it is encoded. SaidNo 422 when it is cut short or is none."""
    try:
        form = await _form(request)
    except (MultiPartException, HTTPException, ValueError, KeyError):
        raise SaidNo(422, "wrong_shape", INCOMPLETE) from None
    # A browser sends an empty part for a field in which no file was chosen.
    files = [
        (one.filename or "", await one.read())
        for one in form.getlist("files")
        if isinstance(one, UploadFile) and (one.filename or one.size)
    ]
    typed = Typed(_text(form, "key"), {name: _text(form, name) for name in FIELDS}, files)
    await form.close()
    return typed


async def _form(request: Request) -> FormData:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.form(max_fields=_MOST_FIELDS)
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=1 << 20
    )
    # The body is in memory and bounded; spooled, a citizen's photo would lie readable on a disk.
    parser.spool_max_size = 1 << 30
    return await parser.parse()


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str):
        return ""
    # A form sends each line break as two characters. A lone surrogate, which no page can show, nobody can type.
    return value.replace("\r\n", "\n").encode(errors="ignore").decode().strip()


def understand(typed: Typed, channel: str, district: District) -> Understood | list[Fault]:
    """The petition, or everything that is wrong with it, by field."""
    cell = {name: value or None for name, value in typed.values.items()}
    accused = {name: cell[f"accused.0.{name}"] for name in ("name", "organisation", "post", "rank")}
    reporter = {name: cell[f"reporter.{name}"] for name in ("name", "contact")}
    files, faults = attachments.check(typed.files)
    if not _KEY.fullmatch(typed.key):
        faults.insert(0, Fault(where="key", what=EXPIRED))
    if cell["village"] is not None and district.town_of(cell["village"]) is None:
        faults.append(Fault(where="village", what=UNKNOWN_PLACE))
        cell["village"] = None
    try:
        given = GivenPetition.model_validate(
            {
                "channel": channel,
                "text": typed.values["text"],
                "accused": [accused] if any(accused.values()) else [],
                "reporter": reporter if any(reporter.values()) else None,
                "village": cell["village"],
            }
        )
    except ValidationError as error:
        told = faults_of(error.errors(include_input=False, include_context=False))
        return [*(_in_plain_words(one, typed) for one in told), *faults]
    if faults:
        return faults
    return Understood(PetitionContent.model_validate(given.model_dump(exclude={"channel"})), tuple(files))


def _in_plain_words(fault: Fault, typed: Typed) -> Fault:
    if fault.where == "text" and not typed.values["text"]:
        return Fault(where="text", what=NOTHING_SAID)
    if fault.what == WHAT["string_too_long"] and fault.where in LIMITS:
        longest = LIMITS[fault.where]
        return Fault(where=fault.where, what=f"最多 {longest} 字 / {longest} characters at most")
    return fault
