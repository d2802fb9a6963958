"""What of a contact is an address for an e-mail, and what for a letter. Functions of values."""

import re
import unicodedata

_MAIL = re.compile(r"(?<![\w.%+@-])[A-Za-z0-9][\w.%+-]{0,63}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w@-])", re.ASCII)
_NUMBER = re.compile(r"\+?\d(?:[\s-]?\d){6,}")
_LABEL = re.compile(
    r"(?:联系|手机|固定|移动)?(?:电话|手机|座机|微信|QQ|邮箱|电邮|邮件|e-?mail|通信地址|住址|地址)号?:?", re.IGNORECASE
)
_PLACE = re.compile(r"[省市区县旗镇乡村街路巷]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST = 5
_BRACKET = re.compile(r"[(\[【〔(].*")


def mail_address(contact: str | None) -> str | None:
    """The first e-mail address, in plain ASCII; None when there is none."""
    found = _MAIL.search(_plain(contact))
    return found[0] if found else None


def postal_address(contact: str | None) -> str | None:
    """What is left without e-mail addresses, numbers and labels, if it reads like a place; None otherwise."""
    rest = _NUMBER.sub(" ", _MAIL.sub(" ", _plain(contact)))
    parts = (_LABEL.sub("", one).strip(" ,.。:-()") for one in re.split(r"[;,、\n|/]|\s{2,}", rest))
    places = [one for one in parts if _PLACE.search(one) and len(_HAN.findall(one)) >= _SHORTEST]
    return " ".join(places) or None


def addressee(name: str | None) -> str | None:
    """The name without what was added in brackets; None when nothing is left."""
    return _BRACKET.sub("", name or "").strip() or None


def _plain(contact: str | None) -> str:
    """Full-width signs as ASCII; rare characters of a name of a place stay what they are."""
    return unicodedata.normalize("NFKC", contact or "")
