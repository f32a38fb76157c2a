"""Plays conversations written as text over a running gateway.

The first line is a comment: the rule. Where there are several nodes, each client goes to the next
one. Then, one after another:

    kiran connects phone            a session at kiran@localhost/phone, without presence
    kiran > <message …/>            kiran's client sends
    kiran < <message …/>            the next stanza that it receives is exactly this
    kiran hears nothing             nothing came since
    kiran leaves                    the connection is closed
    kiran is cut off                the socket is gone without a word
    kiran logs in                   a stream that is logged in and has no resource
    kiran opens                     a stream that is not logged in; the features were read
    kiran dials                     a socket that carries no stream yet
    kiran is told to go             the server has closed the connection
    kiran joins room@host/Nick      kiran enters the room and has read all that came of it
    kiran drains                    kiran has read whatever came

A line that begins with a space goes on with the line before. In what is expected "*" stands for
any value of an attribute or any text; "{name}" as well, which later lines may use again. Stanzas
without a namespace are in jabber:client.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime

from lxml import etree
from websockets.exceptions import ConnectionClosed

from app.core.services import Services
from app.core.tokens import ChatClaims, sign_chat_token
from app.core.uow import unit_of_work
from app.models.chat import ChatAccount
from app.protocol.element import Element
from tests.xmpp.client import TIMEOUT_S, Client
from tests.xmpp.quiet import Quiet

_STEP = re.compile(
    r"(\S+) (connects|[<>]|hears nothing|leaves|joins|drains|is cut off|logs in|opens|dials|is told to go)"
    r"\s*(.*)",
    re.DOTALL,
)

_WAYS_IN = frozenset({"connects", "logs in", "opens", "dials"})
#: Steps that set something off, of which others may hear.
_ACTS = _WAYS_IN | {">", "joins", "leaves", "is cut off"}
_NAME = re.compile(r"\{(\w+)\}")
_JOIN = "<presence to='{}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"


def read_text(script: str) -> list[tuple[str, str, str]]:
    """Who does what with what, in order."""
    steps: list[str] = []
    for line in script.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(" "):
            steps[-1] += line.strip()
        else:
            steps.append(line)
    found = []
    for step in steps:
        match = _STEP.fullmatch(step)
        assert match is not None, f"no step: {step}"
        found.append((match[1], match[2], match[3]))
    return found


class Player:
    """The people of one script."""

    def __init__(
        self,
        services: Services,
        org_id: int,
        port: int | Sequence[int],
        stack: AsyncExitStack,
        *,
        domain: str = "localhost",
        quiet: Quiet | None = None,
    ) -> None:
        self._services = services
        self._org_id = org_id
        ports = [port] if isinstance(port, int) else port
        self._port = ports[0]
        #: One after another each new client goes to the next one.
        self._ports = itertools.cycle(ports)
        self._stack = stack
        self._domain = domain
        self._quiet = quiet
        self._clients: dict[str, Client] = {}
        #: Whoever acted, when the nodes may still be at it.
        self._actor: str | None = None
        #: What "{name}" stood for.
        self._known: dict[str, str] = {}

    async def play(self, steps: list[tuple[str, str, str]]) -> None:
        """Every expectation of the script has held."""
        for who, what, rest in steps:
            if what != "<" and (what, who) != (">", self._actor):
                await self._settle()
            await self._step(who, what, rest)
            if what in _ACTS:
                self._actor = who

    async def _settle(self) -> None:
        """What was done so far has had its effect on every node."""
        if self._quiet is None or self._actor is None:
            return
        for client in self._clients.values():
            with suppress(ConnectionClosed):
                # Its answer comes when the frames before it have been read.
                await asyncio.wait_for(await client.socket.ping(), TIMEOUT_S)
        await self._quiet.settle()
        self._actor = None

    async def _step(self, who: str, what: str, rest: str) -> None:
        if what in _WAYS_IN:
            self._clients[who] = await self._connect(who, what, rest)
            return
        client = self._clients[who]
        if what == ">":
            await client.send(_canonical(_parse(self._filled(rest))))
        elif what == "<":
            actual = await client.receive()
            self._compare(_parse(self._filled(rest)), actual)
        elif what == "leaves":
            await client.close()
        elif what == "joins":
            await client.send(_canonical(_parse(_JOIN.format(rest))))
            await client.barrier()
        elif what == "drains":
            await client.barrier()
        elif what == "is cut off":
            client.socket.transport.abort()
        elif what == "is told to go":
            assert await client.closed() == 1000
        else:
            assert [etree.tostring(e) for e in await client.barrier()] == []

    def _filled(self, text: str) -> str:
        """The text with what is known in the place of its names."""
        for name, value in self._known.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    async def connect(self, who: str, resource: str) -> Client:
        """A session of the person's, known to nobody but the caller."""
        return await self._connect(who, "connects", resource)

    async def _connect(self, who: str, how: str, resource: str) -> Client:
        """`kiran.2` is another client of kiran's."""
        name = who.partition(".")[0]
        account_id, contact_id = await self._account(name)
        claims = ChatClaims(name, self._domain, self._org_id, account_id, contact_id, "1")
        now = datetime(2026, 1, 1, tzinfo=UTC)
        key = self._services.config.secret_key
        cookie = sign_chat_token(claims, key, now=now, ttl_s=20 * 365 * 86400)
        client = await Client.connect(next(self._ports), domain=self._domain, cookie=cookie)
        self._stack.push_async_callback(client.close)
        if how == "opens":
            await client.open()
        elif how != "dials":
            await client.authenticate("EXTERNAL", b"")
        if how == "connects":
            await client.bind(resource)
        return client

    def _compare(self, expected: Element, actual: Element) -> None:
        shown = f"\nexpected {_canonical(expected)}\nreceived {_canonical(actual)}"
        assert self._is_same(expected, actual), shown

    def _is_same(self, expected: Element, actual: Element) -> bool:
        if expected.tag != actual.tag or set(expected.attrib) != set(actual.attrib):
            return False
        if not all(self._fits(value, actual.get(key)) for key, value in expected.attrib.items()):
            return False
        if not self._fits((expected.text or "").strip(), (actual.text or "").strip()):
            return False
        if len(expected) != len(actual):
            return False
        return all(self._is_same(*pair) for pair in zip(expected, actual, strict=True))

    def _fits(self, wanted: str, given: str | None) -> bool:
        """Whether the value is the wanted one; a new name stands for it from now on."""
        named = _NAME.fullmatch(wanted)
        if named is not None and given is not None:
            self._known[named[1]] = given
            return True
        return wanted in ("*", given)

    async def _account(self, name: str) -> tuple[int, int | None]:
        from app.domain.chat.accounts import find_account

        async with unit_of_work(self._services, org_id=self._org_id) as ctx:
            account = await find_account(ctx, name, self._domain)
            if account is None:
                account = ChatAccount(
                    organization_id=self._org_id, username=name, domain=self._domain
                )
                ctx.session.add(account)
                await ctx.session.flush()
            return account.id, account.contact_id


def _parse(text: str) -> Element:
    return etree.fromstring(f"<all xmlns='jabber:client'>{text}</all>")[0]


def _canonical(element: Element) -> str:
    return etree.tostring(element, encoding="unicode")
