"""Sends the mails of the outbox, beside the rounds: none is lost, and a repeat bears the same Message-ID.

A mail that was taken by the server is noted before the round is told; only when this process dies between the server's
answer and that note is it sent twice.
"""

import asyncio
import hmac
from collections.abc import Mapping
from typing import Literal

import structlog
from xinfang_contracts.registry import Entry, Kind

from services.runtime import keys
from services.runtime.companion import Turns
from services.runtime.incoming import own_message
from services.runtime.log import failure
from services.runtime.service import Doors

from ...vault.documents import RECEIPT
from ...vault.masters import Masters
from ..delays import next_try
from ..rules import MailEnded
from ..wording import Mail
from . import smtp, tables
from .kept import kept
from .smtp import MailServer

log = structlog.get_logger()

MAIL_ENDED = Entry(Kind.COMMAND, "intake", MailEnded)
EVERY_SECONDS = 1.0
LEASE_SECONDS = 300.0
_MOST_SECONDS = 120.0
_Outcome = Literal["sent", "refused", "unreachable"]


def outbox(doors: Doors, servers: Mapping[str, MailServer], masters: Masters) -> Turns:
    """The companion that sends what the outbox holds. A mail server's illness keeps nobody from handing in."""
    return Turns("outbox", Outbox(doors, servers, masters).turn, EVERY_SECONDS)


class Outbox:
    """What the outbox's companion does, a mail a turn; any number of replicas may."""

    def __init__(self, doors: Doors, servers: Mapping[str, MailServer], masters: Masters) -> None:
        self._doors = doors
        self._servers = servers
        self._masters = masters

    async def turn(self) -> bool:
        """One mail, if any is due."""
        async with self._doors.pool.acquire() as connection:
            mail = await tables.take(connection, LEASE_SECONDS)
        if mail is None:
            return False
        outcome = mail.outcome or await self._send(mail)
        if outcome is not None:
            await self._tell(mail, outcome)
            async with self._doors.pool.acquire() as connection:
                await tables.drop(connection, mail)
        return True

    async def _send(self, mail: tables.Taken) -> _Outcome | None:
        """What became of it, noted; None when it is to be tried again."""
        outcome = await self._tried(mail)
        async with self._doors.pool.acquire() as connection:
            if outcome is None and (seconds := next_try(mail.failures + 1)) is not None:
                await tables.put_off(connection, mail, seconds)
                return None
            await tables.note(connection, mail, outcome or "unreachable")
        return outcome or "unreachable"

    async def _tried(self, mail: tables.Taken) -> _Outcome | None:
        server = self._servers.get(mail.petition[:6])
        async with self._doors.pool.acquire() as connection:
            written = await kept(connection, mail.petition, mail.document, self._masters)
        if server is None or not isinstance(written, Mail):
            return "unreachable"
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                await smtp.send(written, server, self._name(mail), mail.posted_at)
        except smtp.Refused:
            return "refused"
        except Exception as error:  # noqa: BLE001 - the text of such an error has the address in it
            log.warning("mail.put_off", error=failure(error), failures=mail.failures + 1)
            return None
        return "sent"

    async def _tell(self, mail: tables.Taken, outcome: _Outcome) -> None:
        message = MailEnded(petition=mail.petition, notice=mail.notice, sending=mail.sending, outcome=outcome)
        name = f"{mail.petition}/mail/{mail.notice}/{mail.sending}"
        district = mail.petition[:6]
        await self._doors.hand_in(own_message("intake", district, MAIL_ENDED, message, name, self._doors.now()))

    def _name(self, mail: tables.Taken) -> str:
        """Of each sending its own, and the same each time; keyed, so that it tells nobody the petition's number."""
        secret = keys.secret(self._doors.keys, RECEIPT)
        given = f"mail/{mail.petition}/{mail.notice}/{mail.sending}"
        return hmac.digest(secret, given.encode(), "sha256").hex()[:32]
