"""XEP-0484: who has logged in once logs in again by a token, in one round trip."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.core.clock import FrozenClock
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import accounts
from app.domain.chat.fast_tokens import FastTokenRepository
from app.models import Organization
from app.protocol import ns
from app.protocol.element import Element, child, child_text, children, name_of
from app.protocol.sasl import hashed_token
from app.protocol.sasl.errors import SaslError
from app.xmpp.server.app import serve
from tests.xmpp.client import Client

pytestmark = pytest.mark.anyio

PASSWORD = "neem tree 7"
HT = "HT-SHA-256-NONE"
PLAIN = b"\0meera\0" + PASSWORD.encode()
WISH = f"<request-token xmlns='{ns.FAST}' mechanism='{HT}'/>"
TOKEN = f"<fast xmlns='{ns.FAST}'/>"


@dataclass
class Door:
    """A gateway, and what a client on one phone does at it."""

    port: int
    stack: AsyncExitStack

    async def enter(
        self, mechanism: str, payload: bytes, inner: str = "", agent: str = "phone"
    ) -> Element:
        """`<success/>` or `<failure/>` of a login on a new stream."""
        client = await Client.connect(self.port)
        self.stack.push_async_callback(client.close)
        await client.open()
        initial = base64.b64encode(payload).decode()
        return await client.ask(
            f"<authenticate xmlns='{ns.SASL2}' mechanism='{mechanism}'>"
            f"<initial-response>{initial}</initial-response>"
            f"<user-agent id='{agent}'/>{inner}</authenticate>"
        )

    async def by(self, token: str, inner: str = TOKEN, agent: str = "phone") -> Element:
        """The same by a token."""
        payload = b"meera\0" + hashed_token.initiator(HT, token)
        return await self.enter(HT, payload, inner, agent)

    async def first(self, agent: str = "phone") -> str:
        """A token, by the password."""
        return given(await self.enter("PLAIN", PLAIN, WISH, agent))


def given(success: Element) -> str:
    token = child(success, "token", ns.FAST)
    assert token is not None, success
    return token.get("token", "")


def outcome(answer: Element) -> str:
    """success, or the condition of the failure (XEP-0388 2.6.2)."""
    return "success" if name_of(answer) == "success" else name_of(answer[0])


@pytest.fixture
async def door(services: Services, org: Organization) -> AsyncIterator[Door]:
    async with unit_of_work(services, org_id=org.id) as ctx:
        await accounts.register(ctx, "meera", "localhost", PASSWORD)
    async with serve(services) as running, AsyncExitStack() as stack:
        yield Door(running.port, stack)


async def test_the_offer_stands_beside_that_of_the_login(door: Door) -> None:
    """3.1."""
    client = await Client.connect(door.port)
    door.stack.push_async_callback(client.close)

    _, features = await client.open()

    authentication = child(features, "authentication", ns.SASL2)
    assert authentication is not None
    inline = child(authentication, "inline")
    assert inline is not None
    fast = child(inline, "fast", ns.FAST)
    assert fast is not None
    assert [each.text for each in children(fast, "mechanism")] == [HT]
    assert HT not in [each.text for each in children(authentication, "mechanism")]


async def test_a_token_logs_in_and_the_server_proves_that_it_knows_it(
    door: Door, clock: FrozenClock
) -> None:
    """3.2 to 3.4, along with a resource (XEP-0386)."""
    asked = await door.enter("PLAIN", PLAIN, WISH)
    token = given(asked)
    bind = f"<bind xmlns='{ns.BIND2}'><tag>Test</tag></bind>"

    answer = await door.by(token, TOKEN + bind)

    proof = base64.b64encode(hashed_token.responder(HT, token)).decode()
    expiry = (clock.now() + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%S")
    made = child(asked, "token", ns.FAST)
    assert made is not None and made.get("expiry", "").startswith(expiry)
    assert (outcome(answer), child_text(answer, "additional-data")) == ("success", proof)
    assert (child_text(answer, "authorization-identifier") or "").startswith(
        "meera@localhost/Test~"
    )
    assert child(answer, "token", ns.FAST) is None


async def test_a_login_that_asks_for_none_has_none(door: Door) -> None:
    answers = [
        await door.enter("PLAIN", PLAIN),
        await door.enter("PLAIN", PLAIN, f"<request-token xmlns='{ns.FAST}' mechanism='X'/>"),
        await door.enter("PLAIN", PLAIN, WISH, agent=""),
    ]

    assert [(outcome(one), child(one, "token", ns.FAST)) for one in answers] == [
        ("success", None)
    ] * 3


@pytest.mark.parametrize(
    ("inner", "agent", "expected"),
    [
        (TOKEN, "phone", "success"),
        (TOKEN, "another", "not-authorized"),
        (TOKEN, "", "malformed-request"),
        ("", "phone", "invalid-mechanism"),
    ],
)
async def test_a_token_is_for_one_installation_that_says_that_it_brings_one(
    door: Door, inner: str, agent: str, expected: str
) -> None:
    """3.4, 4.1."""
    token = await door.first()

    assert outcome(await door.by(token, inner, agent)) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"meera\0" + bytes(32), "not-authorized"),
        (b"nobody\0" + bytes(32), "not-authorized"),
        (b"meera", "malformed-request"),
        (b"\0" + bytes(32), "malformed-request"),
        (b"\xff\0" + bytes(32), "malformed-request"),
    ],
)
async def test_what_proves_nothing_is_refused(door: Door, payload: bytes, expected: str) -> None:
    await door.first()

    assert outcome(await door.enter(HT, payload, TOKEN)) == expected


async def test_a_token_that_has_expired_says_so(door: Door, clock: FrozenClock) -> None:
    """4.2."""
    token = await door.first()
    clock.advance(timedelta(days=7))

    assert outcome(await door.by(token)) == "credentials-expired"
    assert outcome(await door.enter("PLAIN", PLAIN)) == "success"


async def test_a_token_is_renewed_in_time_and_the_old_one_holds_until_the_new_one_is_used(
    door: Door, clock: FrozenClock
) -> None:
    """3.5."""
    old = await door.first()
    clock.advance(timedelta(days=4))
    lost = given(await door.by(old))
    new = given(await door.by(old))

    assert len({old, lost, new}) == 3
    assert outcome(await door.by(lost)) == "not-authorized"
    assert outcome(await door.by(new)) == "success"
    assert outcome(await door.by(old)) == "not-authorized"


async def test_a_client_gives_its_token_back(door: Door) -> None:
    """3.6: at once, and another installation keeps its own."""
    token, other = await door.first(), await door.first("tablet")

    answer = await door.by(token, f"<fast xmlns='{ns.FAST}' invalidate='true'/>")

    assert (outcome(answer), child(answer, "token", ns.FAST)) == ("success", None)
    assert outcome(await door.by(token)) == "not-authorized"
    assert outcome(await door.by(other, agent="tablet")) == "success"


async def test_another_password_ends_every_token(
    door: Door, services: Services, org: Organization
) -> None:
    token = await door.first()

    async with unit_of_work(services, org_id=org.id) as ctx:
        account = await accounts.find_account(ctx, "meera", "localhost")
        assert account is not None
        await accounts.change_password(ctx, account, "monsoon 42")

    assert outcome(await door.by(token)) == "not-authorized"


async def test_a_row_of_the_database_is_no_token(
    door: Door, services: Services, org: Organization
) -> None:
    """What is stored logs nobody in without the installation's key."""
    token = await door.first()
    async with unit_of_work(services, org_id=org.id) as ctx:
        rows = await ctx.session.scalars(FastTokenRepository(ctx).query())
        stored = [str(value) for row in rows for value in row.model_dump().values()]

    assert [value for value in stored if token in value or value in token and len(value) > 9] == []


def test_a_proof_is_a_name_and_a_hash() -> None:
    assert hashed_token.read(b"meera\0ab\0c") == hashed_token.Proof("meera", b"ab\0c")
    with pytest.raises(SaslError):
        hashed_token.read(b"meera\0")
