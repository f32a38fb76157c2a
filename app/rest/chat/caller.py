"""Who calls: HTTP Basic with the bare address and the account's password (RFC 7617)."""

from __future__ import annotations

import asyncio
import base64
import binascii
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from starlette.requests import Request

from app.core.context import Actor, Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import domains, wrong_logins
from app.domain.chat.rooms import LIGHT
from app.protocol.jid import Jid
from app.protocol.sasl import scram
from app.xmpp.listener import Listener
from app.xmpp.server.accounts import DomainAccounts
from app.xmpp.server.attempts import Failures, Verified
from app.xmpp.server.limits import ACCOUNT_ATTEMPTS
from app.xmpp.server.orgs import REFRESH_S, Orgs

#: Bytes of an Authorization header that is read at all.
MAX_HEADER = 8192


@dataclass(frozen=True, slots=True)
class Caller:
    """An account whose password was right."""

    services: Services
    gate: Gate
    jid: Jid
    org_id: int
    account_id: int
    contact_id: int | None

    def work(self) -> AbstractAsyncContextManager[Ctx]:
        """One transaction in the account's organization."""
        actor = Actor("contact", contact_id=self.contact_id)
        return unit_of_work(self.services, org_id=self.org_id, actor=actor)

    @property
    def light_domain(self) -> str:
        """Where the account's MUC Light rooms are."""
        return f"{LIGHT}{self.jid.domain}"


class Gate:
    """Lets callers in. One a process.

    It counts wrong passwords by account as the chat's login does; those by network address it
    counts with the other processes, so that an operator's `unban_addresses` reaches all of them.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.listener = Listener(services)
        self.orgs = Orgs(services)
        self._accounts = DomainAccounts(services, self.orgs)
        loop = asyncio.get_running_loop()
        self._failures = Failures(loop.time, ACCOUNT_ATTEMPTS)
        self._verified = Verified(services.ids.token(32))
        self._read_at_s: float | None = None

    async def admit(self, request: Request) -> Caller | None:
        """The caller; None for anybody who must not know more than that."""
        claimed = read_basic(request.headers.get("authorization", ""))
        if claimed is None or not self.services.config.allow_chat_passwords:
            return None
        bare, password = claimed
        address = request.client.host if request.client else ""
        if not await self._may_try(bare, address):
            return None
        await self._refresh()
        account = await self._accounts.find(bare)
        keys = account.keys.get("sha256") if account is not None else None
        if account is None or keys is None:
            await self._remember(bare, address)
            return None
        if not self._verified.holds(bare, password, keys):
            # Thousands of rounds of a hash: off the event loop.
            if not await asyncio.to_thread(scram.check_password, "sha256", password, keys):
                await self._remember(bare, address)
                return None
            self._verified.remember(bare, password, keys)
        # The copy in `orgs` may be a moment old; a domain that is off lets nobody in.
        if account.refusal or await domains.off_among(self.services, [bare.domain]):
            return None
        who = account.identity
        return Caller(self.services, self, bare, who.org_id, who.account_id, who.contact_id)

    async def _may_try(self, bare: Jid, address: str) -> bool:
        """Whether neither the account nor the address was tried wrongly too often of late."""
        if not self._failures.may_try(bare):
            return False
        return not address or await wrong_logins.may_try(self.services, address)

    async def _remember(self, bare: Jid, address: str) -> None:
        self._failures.remember(bare)
        # An unknown address is not counted.
        if address:
            await wrong_logins.remember(self.services, address)

    async def _refresh(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._read_at_s is None or now_s - self._read_at_s > REFRESH_S:
            await self.orgs.refresh()
            self._read_at_s = now_s


def read_basic(header: str) -> tuple[Jid, str] | None:
    """The bare address and the password, None for another scheme or what is no address.

    >>> read_basic("Basic YWxpY2VAbG9jYWxob3N0OnNlY3JldA==")
    (Jid(local='alice', domain='localhost', resource=''), 'secret')
    >>> read_basic("Bearer YWxpY2U=") is None
    True
    """
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(header) > MAX_HEADER:
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, _, password = text.partition(":")
    jid = Jid.find(name)
    if jid is None or not jid.local or jid.resource or not password:
        return None
    return jid, password
