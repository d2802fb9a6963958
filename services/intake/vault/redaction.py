"""The redaction gate: what in an outgoing text would tell who reported. Functions of values.

Both sides are reduced to letters and digits of one form before they are compared: blanks, punctuation of any script,
full-width forms and invisible characters are what a name is hidden with. One text too many held back does no harm.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator

from xinfang_contracts.intake import PetitionContent

RUN = 12
"""So many characters on end, and it is the reporter's own sentence."""
_NUMBER = 7
_WORD = 5
_NOBODY = frozenset({"匿名", "无名", "佚名", "群众", "村民", "居民", "不详"})
_DIGITS = str.maketrans(
    "〇○零一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸幺两兩",
    "000123456789123456789236122",
)
_MOBILE = re.compile(r"(?=(1[3-9]\d{9}))")
_ID = re.compile(r"(?=\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx])")
_MAIL = re.compile(r"([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)")
_PLACE = re.compile(r".*(?:省|市|区|县|镇|乡|街道|社区)")


def find_leaks(text: str, content: PetitionContent, spared: Collection[str] = ()) -> list[str]:
    """What kinds of thing in ``text`` would reveal the reporter of ``content``, in codes and without repeats.

    spared: names of the organ and its units, which both may hold. Codes: name, phone, email, id_number, contact,
    village, quotation.
    """
    letters = _letters(text)
    digits, numbered = _digits(text), _letters(text).translate(_DIGITS)
    contact = (content.reporter and content.reporter.contact) or ""
    name = (content.reporter and content.reporter.name) or ""
    found = {
        "name": any(one in letters for one in _names(name)),
        "phone": any(one in digits for one in _numbers(contact, content.text)),
        "email": any(one in letters for one in _mails(f"{contact}\n{content.text}")),
        "id_number": _ID.search(numbered) is not None,
        "contact": any(one in letters for one in _words(contact)),
        "village": content.village is not None and content.village in digits,
        "quotation": _quotes(text, content.text, spared),
    }
    return [code for code, is_there in found.items() if is_there]


def _letters(text: str) -> str:
    """Letters and digits alone, in one form."""
    return "".join(one for one in _plain(text) if one.isalnum())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _digits(text: str) -> str:
    """The digits alone, whatever stands between them; Chinese ones too."""
    return "".join(str(unicodedata.digit(one)) for one in _plain(text).translate(_DIGITS) if one.isdecimal())


def _names(name: str) -> Iterator[str]:
    """The name, and the name without what is added in brackets; not what stands for no name."""
    first = re.split(r"[(\[,、;/]", _plain(name))[0]
    for one in {_letters(name), _letters(first)}:
        if len(one) > 1 and one not in _NOBODY:
            yield one


def _numbers(contact: str, text: str) -> Iterator[str]:
    """Telephone and other numbers of the contact, and mobile numbers in the text."""
    whole = _digits(contact)
    parts = [_digits(one) for one in re.split(r"[^\d\s()+.\-—转]+", _plain(contact).translate(_DIGITS))]
    for number in {whole, *parts}:
        if len(number) < _NUMBER:
            continue
        yield number
        for prefix in ("0086", "86"):
            if number.startswith(prefix) and len(number) >= len(prefix) + _NUMBER:
                yield number.removeprefix(prefix)
        if number.startswith("0") and 10 <= len(number) <= 12:
            # A line is known without its area code.
            yield from (number[-length:] for length in (7, 8))
    yield from _MOBILE.findall(_digits(text))


def _mails(text: str) -> Iterator[str]:
    """Each address as it reads when its signs are left out or spelt."""
    for local, domain in _MAIL.findall(_plain(text)):
        for at in ("", "at", "艾特"):
            for dot in ("", "dot", "点"):
                yield _letters(local) + at + dot.join(map(_letters, domain.split(".")))


def _words(contact: str) -> Iterator[str]:
    """What else a contact holds: accounts, and of an address what comes after district, town or community."""
    for part in re.split(r"[\s,、;:/()]+", _plain(contact)):
        word = _letters(part)
        tail = _PLACE.sub("", word)
        if len(word) >= _WORD and not word.isdecimal() and tail == word:
            yield word
        elif tail != word and len(tail) >= _WORD - 1:
            yield tail


def _quotes(text: str, petition: str, spared: Collection[str]) -> bool:
    """Whether ``RUN`` characters on end stand in both; a spared name counts for one."""
    names = sorted(filter(None, map(_letters, spared)), key=len, reverse=True)
    name = re.compile("|".join(map(re.escape, names)) or "(?!)")
    own, other = (name.sub("\ue000", _letters(one)) for one in (petition, text))
    runs = {own[start : start + RUN] for start in range(len(own) - RUN + 1)}
    return any(other[start : start + RUN] in runs for start in range(len(other) - RUN + 1))
