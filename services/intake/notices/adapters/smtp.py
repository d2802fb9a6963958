"""E-mail over SMTP, always over TLS with the server's certificate checked.

A district's server stands in ``<district>.smtp.json`` in the keys folder, mode 600; without it letters are printed.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Annotated, Literal

import aiosmtplib
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from xinfang_contracts.district import District

from services.runtime.errors import StartError

from ..wording import Mail

SECONDS = 30.0
"""For one step of the conversation with the server."""


class Account(BaseModel):
    """What the file holds. ``ca``: a file of the keys folder with the authority that signs the server's certificate.

    sender: neutral, and read by nobody; sender_name: neutral too, or none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    tls: Literal["starttls", "tls"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}$")]
    sender_name: Annotated[str | None, Field(max_length=40, pattern=r"^[^\r\n]*$")] = None
    ca: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9._-]+$")] = None


@dataclass(frozen=True)
class MailServer:
    """A district's mail server, ready to be spoken to."""

    account: Account
    context: ssl.SSLContext

    @property
    def domain(self) -> str:
        """The sender's: what the server and the receiver learn of where a mail comes from."""
        return self.account.sender.partition("@")[2]


class Refused(Exception):
    """The server does not take this mail, and never will."""


def mail_servers(districts: Mapping[str, District], key_folder: Path) -> dict[str, MailServer]:
    """By district code, all that are set up. StartError when a file is broken."""
    found = {}
    for code in districts:
        path = key_folder / f"{code}.smtp.json"
        if not path.exists():
            continue
        try:
            account = Account.model_validate_json(path.read_bytes())
            authority = None if account.ca is None else str(key_folder / account.ca)
            found[code] = MailServer(account, ssl.create_default_context(cafile=authority))
        except (OSError, ValidationError, ssl.SSLError):
            raise StartError(f"密钥文件损坏 / key file broken: {path}") from None
    return found


def message_of(mail: Mail, server: MailServer, name: str, posted_at: datetime) -> EmailMessage:
    """The mail as it is sent; with the same ``name`` byte for byte the same, so that a receiver can see a repeat.

    No name of anybody, no programme, nothing that tells whether it was read.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((server.account.sender_name or "", server.account.sender))
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(posted_at)
    message["Message-ID"] = f"<{name}@{server.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, cte="base64")
    return message


async def send(mail: Mail, server: MailServer, name: str, posted_at: datetime) -> None:
    """Hand a mail to the server. Refused when it is of no use to try again; else whatever went wrong."""
    account = server.account
    client = aiosmtplib.SMTP(
        hostname=account.host,
        port=account.port,
        username=account.user,
        password=None if account.password is None else account.password.get_secret_value(),
        use_tls=account.tls == "tls",
        start_tls=account.tls == "starttls",
        tls_context=server.context,
        # Else the server, and through its trace the receiver, would learn this machine's name.
        local_hostname=server.domain,
        timeout=SECONDS,
    )
    message = message_of(mail, server, name, posted_at)
    async with client:
        try:
            await client.sendmail(account.sender, [mail.to], message.as_bytes())
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(one.code >= 500 for one in error.recipients):
                raise Refused from None
            raise
        except aiosmtplib.SMTPDataError as error:
            if error.code >= 500:
                raise Refused from None
            raise
