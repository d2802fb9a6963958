"""Templates of notices: the package's own, and a district's where it has written others.

A district's stand in ``<district>.notices/`` in the keys folder, under the same names; those that are not there are
the package's. They are looked at when the service starts.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from jinja2 import TemplateError
from xinfang_contracts.district import District
from xinfang_contracts.notices import NoticeKind

from services.runtime.errors import StartError

from ..wording import NAMES, Matter, Wording

FOLDER = Path(__file__).resolve().parents[1] / "templates"


def wordings(districts: Mapping[str, District], key_folder: Path) -> dict[str, Wording]:
    """By district code. StartError when a template is broken, or none is of that name."""
    own = {name: (FOLDER / name).read_text("utf-8") for name in NAMES}
    return {code: _wording(district, key_folder / f"{code}.notices", own) for code, district in districts.items()}


def _wording(district: District, folder: Path, own: Mapping[str, str]) -> Wording:
    given = {path.name: path for path in folder.glob("*.txt")}
    if strange := sorted(given.keys() - set(NAMES)):
        raise StartError(f"没有这个模板 / there is no template of that name: {folder / strange[0]}")
    try:
        wording = Wording({**own, **{name: path.read_text("utf-8") for name, path in given.items()}})
        _try_all(wording, district)
    except (TemplateError, OSError, ValueError) as error:
        raise StartError(f"告知模板有误 / a template is broken in {folder}: {error}") from None
    return wording


def _try_all(wording: Wording, district: District) -> None:
    """Filled with nobody's name, so that a broken one stops the start and not the first notice."""
    day = date(2024, 1, 2)
    for kind in NoticeKind:
        mail = wording.mail(kind, "nobody@example.org", day, district)
        letter = wording.letter(kind, "某某", "某地", Matter("000000-2024-000001", day, day), district)
        if not (mail.subject and mail.body.strip() and letter.title and letter.paragraphs):
            raise ValueError(f"{kind.value}: 内容为空 / says nothing")
