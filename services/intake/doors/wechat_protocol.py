"""WeChat's callbacks: is it WeChat that speaks, what is said, and the answer as WeChat wants it. No I/O.

Plain mode signs token, timestamp and nonce only; safe mode the ciphertext as well, which wechatpy opens and makes.
"""

import hmac
import re
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.parser import parse_message
from wechatpy.replies import TextReply
from wechatpy.utils import WeChatSigner

_LEAVES = ("MsgType", "FromUserName", "ToUserName", "MsgId", "Content", "Event", "EventKey", "Encrypt")
_ACCOUNT = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MESSAGE_ID = re.compile(r"[0-9]{1,20}")


class NotWeChat(Exception):
    """It is signed by nobody who knows the token."""


class NoMessage(Exception):
    """It is no message of WeChat's; holds nothing of what was sent."""


@dataclass(frozen=True, slots=True)
class Account:
    """An official account as its settings page shows it. ``aes_key``: its EncodingAESKey; None in plain mode."""

    token: str
    app_id: str
    aes_key: str | None = None

    @property
    def crypto(self) -> Any:
        """WeChat's AES for this account, or None in plain mode."""
        return None if self.aes_key is None else WeChatCrypto(self.token, self.aes_key, self.app_id)


@dataclass(frozen=True, slots=True)
class Signed:
    """What stands in the address of a callback."""

    timestamp: str
    nonce: str
    signature: str
    msg_signature: str


def require_signature(account: Account, signed: Signed, ciphertext: str | None = None) -> None:
    """NotWeChat unless the signature is right: over the ciphertext too, where there is one. In constant time."""
    given = signed.signature if ciphertext is None else signed.msg_signature
    parts = [account.token, signed.timestamp, signed.nonce] + ([] if ciphertext is None else [ciphertext])
    signer = WeChatSigner()
    signer.add_data(*parts)
    if not hmac.compare_digest(signer.signature.encode(), given.encode()):
        raise NotWeChat


def echo(account: Account, signed: Signed, echostr: str) -> str:
    """What proves to WeChat that this address is ours: the string that it sent, opened where it was encrypted."""
    if account.crypto is None or not signed.msg_signature:
        require_signature(account, signed)
        return echostr
    require_signature(account, signed, echostr)
    return _opened(account, echostr)


def message_in(account: Account, signed: Signed, body: bytes) -> Any:
    """wechatpy's message. NotWeChat with a wrong signature; NoMessage when it is none.

    An account with an AES key takes ciphertext only: a plain body is covered by no signature.
    """
    if account.crypto is None:
        require_signature(account, signed)
        text = _decoded(body)
    else:
        ciphertext = _leaves(_decoded(body)).get("Encrypt", "")
        require_signature(account, signed, ciphertext)
        text = _opened(account, ciphertext)
    leaves = _leaves(text)
    accounts = leaves.get("FromUserName", ""), leaves.get("ToUserName", "")
    if not leaves.get("MsgType") or leaves.get("Event") == "" or not all(map(_ACCOUNT.fullmatch, accounts)):
        raise NoMessage
    message = parse_message(text)
    if message.type == "text" and not _MESSAGE_ID.fullmatch(leaves.get("MsgId", "")):
        raise NoMessage
    return message


def reply(account: Account, message: Any, text: str, now: datetime) -> str:
    """A passive reply to who sent the message, encrypted where the message was."""
    seconds = int(now.timestamp())
    rendered: str = TextReply(message=message, content=text, time=seconds).render()
    if account.crypto is None:
        return rendered
    encrypted: str = account.crypto.encrypt_message(rendered, secrets.token_hex(8), str(seconds))
    return encrypted


def _decoded(body: bytes) -> str:
    """UTF-8 only: in another encoding the check below and wechatpy might not read the same."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise NoMessage from None


def _leaves(text: str) -> dict[str, str]:
    """The parts that we and wechatpy read, each of which may stand once and hold text only.

    No document type is allowed, so there are no entities, inside or outside, and no bombs.
    """
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise NoMessage from None
    found = [part for part in root if part.tag in _LEAVES]
    names = [part.tag for part in found]
    if root.tag != "xml" or len(names) != len(set(names)) or any(len(part) or part.attrib for part in found):
        raise NoMessage
    return {part.tag: (part.text or "").strip() for part in found}


def _opened(account: Account, ciphertext: str) -> str:
    try:
        opened: str = PrpCrypto(account.crypto.key).decrypt(ciphertext, account.app_id)
    except (WeChatException, ValueError, IndexError, struct.error):
        raise NoMessage from None
    return opened
