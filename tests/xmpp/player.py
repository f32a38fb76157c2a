"""Plays conversations written as text over a running gateway.

The first line is a comment: the rule. Then, one after another:

    kiran connects phone            a session at kiran@localhost/phone, without presence
    kiran > <message …/>            kiran's client sends
    kiran < <message …/>            the next stanza that it receives is exactly this
    kiran hears nothing             nothing came since
    kiran leaves                    the connection is closed
    kiran joins room@host/Nick      kiran enters the room and has read all that came of it
    kiran drains                    kiran has read whatever came

A line that begins with a space goes on with the line before. In what is expected "*" stands for
any value of an attribute or any text. Stanzas without a namespace are in jabber:client.
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from app.core.services import Services
from app.core.tokens import ChatClaims, sign_chat_token
from app.core.uow import unit_of_work
from app.models.chat import ChatAccount
from app.protocol.element import Element
from tests.xmpp.client import Client

_STEP = re.compile(r"(\S+) (connects|[<>]|hears nothing|leaves|joins|drains)\s*(.*)", re.DOTALL)

_JOIN = "<presence to='{}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"


def read_script(path: Path) -> list[tuple[str, str, str]]:
    """Who does what with what, in order."""
    steps: list[str] = []
    for line in path.read_text().splitlines():
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

    def __init__(self, services: Services, org_id: int, port: int, stack: AsyncExitStack) -> None:
        self._services = services
        self._org_id = org_id
        self._port = port
        self._stack = stack
        self._clients: dict[str, Client] = {}

    async def play(self, steps: list[tuple[str, str, str]]) -> None:
        """Every expectation of the script has held."""
        for who, what, rest in steps:
            if what == "connects":
                self._clients[who] = await self._connect(who, rest)
            elif what == ">":
                await self._clients[who].send(_canonical(_parse(rest)))
            elif what == "<":
                actual = await self._clients[who].receive()
                _compare(_parse(rest), actual)
            elif what == "leaves":
                await self._clients[who].close()
            elif what == "joins":
                await self._clients[who].send(_canonical(_parse(_JOIN.format(rest))))
                await self._clients[who].barrier()
            elif what == "drains":
                await self._clients[who].barrier()
            else:
                assert [etree.tostring(e) for e in await self._clients[who].barrier()] == []

    async def _connect(self, who: str, resource: str) -> Client:
        """`kiran.2` is another client of kiran's."""
        name = who.partition(".")[0]
        account_id, contact_id = await self._account(name)
        claims = ChatClaims(name, "localhost", self._org_id, account_id, contact_id, "1")
        now = datetime(2026, 1, 1, tzinfo=UTC)
        key = self._services.config.secret_key
        cookie = sign_chat_token(claims, key, now=now, ttl_s=20 * 365 * 86400)
        client = await Client.login(self._port, cookie=cookie, resource=resource)
        self._stack.push_async_callback(client.close)
        return client

    async def _account(self, name: str) -> tuple[int, int | None]:
        from app.domain.chat.accounts import find_account

        async with unit_of_work(self._services, org_id=self._org_id) as ctx:
            account = await find_account(ctx, name, "localhost")
            if account is None:
                account = ChatAccount(
                    organization_id=self._org_id, username=name, domain="localhost"
                )
                ctx.session.add(account)
                await ctx.session.flush()
            return account.id, account.contact_id


def _parse(text: str) -> Element:
    return etree.fromstring(f"<all xmlns='jabber:client'>{text}</all>")[0]


def _canonical(element: Element) -> str:
    return etree.tostring(element, encoding="unicode")


def _compare(expected: Element, actual: Element) -> None:
    shown = f"\nexpected {_canonical(expected)}\nreceived {_canonical(actual)}"
    assert _is_same(expected, actual), shown


def _is_same(expected: Element, actual: Element) -> bool:
    if expected.tag != actual.tag or set(expected.attrib) != set(actual.attrib):
        return False
    if any(value not in ("*", actual.get(key)) for key, value in expected.attrib.items()):
        return False
    wanted = (expected.text or "").strip()
    if wanted not in ("*", (actual.text or "").strip()) or len(expected) != len(actual):
        return False
    return all(_is_same(one, other) for one, other in zip(expected, actual, strict=True))
