"""A real mail server in this process: TLS under an authority of its own, and what it was told."""

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "noreply", "made-up-password"
SENDER = "noreply@answers.example"


@dataclass
class Mailbox:
    """What a server has taken, and what it is to answer. ``answers``: to the next mails; then they are taken."""

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    tries: list[str] = field(default_factory=list)
    """The Message-ID of each mail that was shown, taken or not."""
    names: set[str] = field(default_factory=set)
    """What senders call themselves."""
    refused: set[str] = field(default_factory=set)
    """Addresses that are nobody's."""

    holds: threading.Event | None = None
    """Taken, but the sender is told so only when this is set."""

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.names.add(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        self.tries.append(str(read(envelope)["Message-ID"]))
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append(envelope)
        if self.holds is not None:
            await asyncio.to_thread(self.holds.wait, 30)
        return "250 OK"

    def to(self, address: str) -> list[Envelope]:
        """What came for somebody."""
        return [one for one in self.envelopes if one.rcpt_tos == [address]]


def read(envelope: Envelope) -> Message:
    """A mail as its receiver sees it."""
    assert isinstance(envelope.content, bytes)
    return message_from_bytes(envelope.content)


def body(envelope: Envelope) -> str:
    """Its words."""
    payload = read(envelope).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


class Authority:
    """Signs the server's certificate; its own is in ``folder/post-ca.pem``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), _name("post authority")
        self.certificate = _signed(self._name, self._name, self._key, self._key, is_authority=True)
        self.file = folder / "post-ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def context(self) -> ssl.SSLContext:
        """For a server at 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signed(_name("post"), self._name, key, self._key, is_authority=False)
        file = self.folder / "post.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@contextmanager
def mail_server(authority: Authority, tls: Literal["starttls", "tls"]) -> Iterator[Mailbox]:
    """A server that takes mail over TLS only, by STARTTLS from who has logged in."""
    box, context = Mailbox(), authority.context()

    def may_log_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        is_known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_known)

    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=_free_port(),
        ssl_context=context if tls == "tls" else None,
        tls_context=context if tls == "starttls" else None,
        require_starttls=tls == "starttls",
        authenticator=may_log_in,
        auth_required=tls == "starttls",
    )
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def settings(
    box: Mailbox, tls: Literal["starttls", "tls"] = "starttls", ca: str | None = "post-ca.pem"
) -> dict[str, Any]:
    """What a district's file says of the server."""
    given: dict[str, Any] = {"host": "127.0.0.1", "port": box.port, "tls": tls, "sender": SENDER}
    login = {"user": USER, "password": PASSWORD} if tls == "starttls" else {}
    return given | login | ({"ca": ca} if ca else {})


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(signer, hashes.SHA256())
    )
