"""WeChat's side of a callback, from its documentation and not from the library that the door uses."""

import base64
import hashlib
import os
import struct
from dataclasses import dataclass
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "weixin-token-of-a-test"
APP_ID = "wx0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPENID = "oCanaryFollowerOpenId0000001"
ACCOUNT = "gh_0123456789ab"
TEXT = "虚构举报:某村承包款多年未公开,账目去向不明,请核查。"


def signature(*parts: str) -> str:
    """SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def message(kind: str = "text", text: str = TEXT, id_: str | None = "23456789012345678", more: str = "") -> str:
    """A message of a follower to the account."""
    content = f"<Content><![CDATA[{text}]]></Content>" if kind == "text" else ""
    number = "" if id_ is None else f"<MsgId>{id_}</MsgId>"
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>"
        f"<CreateTime>1348831860</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{content}{number}{more}</xml>"
    )


def event(name: str, key: str = "") -> str:
    """An event, such as that somebody begins to follow."""
    more = f"<Event><![CDATA[{name}]]></Event><EventKey><![CDATA[{key}]]></EventKey>"
    return message("event", id_=None, more=more)


@dataclass(frozen=True)
class WeChat:
    """WeChat's server, for an account in plain mode or, with ``aes_key``, in safe mode."""

    token: str = TOKEN
    aes_key: str | None = None
    app_id: str = APP_ID

    def callback(self, text: str, timestamp: int, nonce: str = "nonce1") -> tuple[dict[str, str], str]:
        """The query and the body of one callback."""
        query = {"timestamp": str(timestamp), "nonce": nonce, "openid": OPENID}
        query["signature"] = signature(self.token, str(timestamp), nonce)
        if self.aes_key is None:
            return query, text
        ciphertext = self.encrypted(text)
        query |= {
            "encrypt_type": "aes",
            "msg_signature": signature(self.token, str(timestamp), nonce, ciphertext),
        }
        return query, f"<xml><ToUserName>{ACCOUNT}</ToUserName><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>"

    def encrypted(self, text: str) -> str:
        """AES-256-CBC over 16 random bytes, length, text and AppID, padded to blocks of 32."""
        plain = os.urandom(16) + struct.pack(">I", len(text.encode())) + text.encode() + self.app_id.encode()
        padding = 32 - len(plain) % 32
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def read(self, answer: str) -> dict[str, str]:
        """The parts of a passive reply, its signature checked where it is encrypted."""
        parts = _parts(answer)
        if self.aes_key is None:
            return parts
        signed = signature(self.token, parts["TimeStamp"], parts["Nonce"], parts["Encrypt"])
        assert signed == parts["MsgSignature"]
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(parts["Encrypt"])) + decryptor.finalize()
        plain = plain[16 : -plain[-1]]
        length = struct.unpack(">I", plain[:4])[0]
        assert plain[4 + length :].decode() == self.app_id
        return _parts(plain[4 : 4 + length].decode())

    def _cipher(self) -> Cipher[modes.CBC]:
        assert self.aes_key is not None
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _parts(text: str) -> dict[str, str]:
    return {part.tag: part.text or "" for part in ElementTree.fromstring(text)}
