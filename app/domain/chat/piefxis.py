"""XEP-0227: the accounts of a domain as one XML document that other servers read too.

For each account: its SCRAM keys, roster, card, private storage, nodes (XEP-0163), archive and what
waits for it. No rooms, and nothing of the organization's own contacts, flows and messages.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from sqlmodel import col, select

from app.core.context import Ctx
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import accounts, private_storage, pubsub, roster, vcards
from app.domain.chat.archive import Wish, find_page
from app.domain.chat.pubsub import Reader
from app.models.chat import ChatAccount, ChatSpool
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.forms import Field, form
from app.protocol.forward import forwarded
from app.protocol.sasl.scram import HASHES
from app.protocol.stamp import delay
from app.protocol.xmlio import parse, serialise

PIE: Final = "urn:xmpp:pie:0"
PIE_SCRAM: Final = "urn:xmpp:pie:0#scram"
PIE_MAM: Final = "urn:xmpp:pie:0#mam"
PUBSUB_OWNER: Final = "http://jabber.org/protocol/pubsub#owner"
NODE_CONFIG: Final = "http://jabber.org/protocol/pubsub#node_config"
#: Accounts of one transaction, and messages.
ACCOUNTS: Final = 50
MESSAGES: Final = 500


async def export_host(services: Services, org_id: int, domain: str) -> AsyncIterator[str]:
    """The document, piece by piece: the organization's accounts at `domain`, by their age."""
    yield f"<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='{PIE}'>\n"
    yield f"<host jid={quoteattr(domain)}>\n"
    after = 0
    while True:
        async with unit_of_work(services, org_id=org_id) as ctx:
            rows = await _accounts(ctx, domain, after)
            for account in rows:
                async for text in _user(ctx, account):
                    yield text
        if len(rows) < ACCOUNTS:
            break
        after = rows[-1].id
    yield "</host>\n</server-data>\n"


async def _accounts(ctx: Ctx, domain: str, after: int) -> list[ChatAccount]:
    statement = (
        select(ChatAccount)
        .where(
            col(ChatAccount.organization_id) == ctx.org_id,
            col(ChatAccount.domain) == domain,
            col(ChatAccount.id) > after,
        )
        .order_by(col(ChatAccount.id))
        .limit(ACCOUNTS)
    )
    return list((await ctx.session.scalars(statement)).all())


async def _user(ctx: Ctx, account: ChatAccount) -> AsyncIterator[str]:
    """4.2 to 4.11: everything of one account."""
    yield f"<user name={quoteattr(account.username)}>\n"
    for mechanism, keys in _keys(account):
        yield f"{_scram(mechanism, keys)}\n"
    yield f"{await _roster(ctx, account.id)}\n"
    yield await _offline(ctx, account.id)
    for text in (await vcards.find_vcard(ctx, account.id), await _private(ctx, account.id)):
        if text:
            yield f"{text}\n"
    async for text in _nodes(ctx, account):
        yield text
    async for text in _archive(ctx, account.id):
        yield text
    yield "</user>\n"


def _keys(account: ChatAccount) -> Iterable[tuple[str, Any]]:
    keys = accounts.keys_of(account)
    return [(name, keys[hash_name]) for name, hash_name in HASHES.items() if hash_name in keys]


def _scram(mechanism: str, keys: Any) -> str:
    element = make("scram-credentials", PIE_SCRAM, {"mechanism": mechanism})
    add(element, "iter-count", text=str(keys.iterations))
    for name, value in (
        ("salt", keys.salt),
        ("server-key", keys.server_key),
        ("stored-key", keys.stored_key),
    ):
        add(element, name, text=b64encode(value).decode())
    return serialise(element)


async def _roster(ctx: Ctx, account_id: int) -> str:
    query = make("query", ns.ROSTER)
    for row in await roster.RosterRepository(ctx).of_account(account_id):
        if not row.is_listed:
            continue
        attributes = {"jid": row.jid, "subscription": row.subscription}
        if row.name:
            attributes["name"] = row.name
        if row.ask:
            attributes["ask"] = "subscribe"
        item = add(query, "item", attributes=attributes)
        for group in row.groups:
            add(item, "group", text=group)
    return serialise(query)


async def _offline(ctx: Ctx, account_id: int) -> str:
    statement = (
        select(ChatSpool)
        .where(
            col(ChatSpool.account_id) == account_id, col(ChatSpool.organization_id) == ctx.org_id
        )
        .order_by(col(ChatSpool.id))
        .limit(MESSAGES * 2)
    )
    waiting = []
    for row in await ctx.session.scalars(statement):
        stanza = parse(row.stanza)
        stanza.append(delay(row.stored_at))
        waiting.append(serialise(stanza))
    return f"<offline-messages>{''.join(waiting)}</offline-messages>\n" if waiting else ""


async def _private(ctx: Ctx, account_id: int) -> str:
    rows = await private_storage.PrivateRepository(ctx).of_account(account_id)
    return f"<query xmlns='{ns.PRIVATE}'>{''.join(row.xml for row in rows)}</query>" if rows else ""


async def _nodes(ctx: Ctx, account: ChatAccount) -> AsyncIterator[str]:
    """4.9: each node's configuration, and its items oldest first."""
    owner = Reader(f"{account.username}@{account.domain}", is_owner=True)
    for node in await pubsub.list_nodes(ctx, account.id, owner):
        shown = [
            Field("pubsub#access_model", (node.access,)),
            Field("pubsub#max_items", (str(node.max_items),)),
            Field("pubsub#persist_items", ("1" if node.is_persistent else "0",)),
        ]
        configure = make("configure", PUBSUB_OWNER, {"node": node.name})
        configure.append(form("submit", NODE_CONFIG, shown))
        yield f"{serialise(make('pubsub', PUBSUB_OWNER, None, configure))}\n"
        items = make("items", ns.PUBSUB, {"node": node.name})
        for item in await pubsub.items_of(ctx, account.id, node.name, owner, pubsub.MAX_ITEMS):
            element = add(items, "item", attributes={"id": item.id})
            if item.payload:
                element.append(parse(item.payload))
        yield f"{serialise(make('pubsub', ns.PUBSUB, None, items))}\n"


async def _archive(ctx: Ctx, account_id: int) -> AsyncIterator[str]:
    """4.10: every message, oldest first, as a query of the archive gives it."""
    yield f"<archive xmlns='{PIE_MAM}'>"
    after = None
    while True:
        found = await find_page(ctx, account_id, Wish(MESSAGES, after=after))
        for row in found.rows:
            yield serialise(_result(row.stanza_id, forwarded(parse(row.stanza), row.sent_at)))
        if found.is_complete or not found.rows:
            break
        after = found.rows[-1].stanza_id
    yield "</archive>\n"


def _result(stanza_id: str, wrapped: Element) -> Element:
    return make("result", ns.MAM, {"id": stanza_id}, wrapped)
