"""XEP-0227: accounts of another server are taken in, one transaction each.

An account that is there already stays as it is. What is not understood, or is more than an account
may have, is left out and told; addresses, keys and stanzas are checked as if clients had sent them.
"""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from lxml import etree

from app.core.context import Ctx
from app.core.errors import AppError
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import accounts, archive, private_storage, pubsub, roster, spool, vcards
from app.domain.chat.archive import Kept
from app.domain.chat.piefxis import PIE, PIE_MAM, PIE_SCRAM, PUBSUB_OWNER
from app.domain.chat.pubsub import Item
from app.domain.chat.spool import Stored
from app.models.chat import ChatAccount, RosterItem
from app.protocol import ns
from app.protocol.element import Element, child, child_text, children, namespace_of
from app.protocol.errors import StreamError
from app.protocol.forms import as_bool, find_form, values
from app.protocol.forward import find_forwarded
from app.protocol.jid import Jid
from app.protocol.number import read_number
from app.protocol.sasl import scram
from app.protocol.stamp import find_delay
from app.protocol.xmlio import parse, serialise

#: The namespace of the first drafts, in which older exports are.
OLD_PIE: Final = "http://www.xmpp.org/extensions/xep-0227.html#ns"
MAX_TOLD: Final = 1000


@dataclass(slots=True)
class Report:
    """What became of the document."""

    made: int = 0
    #: Accounts that were there already.
    known: int = 0
    #: What was left out and why, at most MAX_TOLD.
    left_out: list[str] = field(default_factory=list)

    def leave_out(self, what: str) -> None:
        """Something was not taken in."""
        if len(self.left_out) < MAX_TOLD:
            self.left_out.append(what)


async def import_host(services: Services, org_id: int, domain: str, source: BinaryIO) -> Report:
    """The accounts of the document that are at `domain` are the organization's.

    Raises BadDocument when it is no such document; accounts that came before that are made.
    """
    report, users = Report(), _users(source)
    # Read in a thread: a document may be large.
    while (found := await asyncio.to_thread(next, users, None)) is not None:
        host, user = found
        name = f"{user.get('name', '')}@{host}"
        if host != domain:
            report.leave_out(f"{name}: is at another domain")
        else:
            await _import_one(services, org_id, domain, user, report)
        user.clear()
    return report


class BadDocument(AppError):
    """The document is no XML, or not of XEP-0227."""

    code, http, condition = "bad_document", 400, "bad-request"


def _users(source: BinaryIO) -> Iterator[tuple[str, Element]]:
    tags = [f"{{{space}}}user" for space in (PIE, OLD_PIE)]
    try:
        # Neither entities nor another file: XInclude is not followed (5 is for operators to join).
        for _, user in etree.iterparse(
            source, tag=tags, no_network=True, load_dtd=False, resolve_entities=False
        ):
            host = user.getparent()
            yield (host.get("jid", "") if host is not None else ""), user
    except etree.XMLSyntaxError as error:
        raise BadDocument(f"The document is no XML: {error.msg}") from error


async def _import_one(
    services: Services, org_id: int, domain: str, user: Element, report: Report
) -> None:
    name = f"{user.get('name', '')}@{domain}"
    try:
        async with unit_of_work(services, org_id=org_id) as ctx:
            if await accounts.find_account(ctx, user.get("name", ""), domain) is not None:
                report.known += 1
                return
            account = await _account(ctx, domain, user)
            for part in user:
                tag = str(part.tag)
                take = _PARTS.get(tag)
                if take is None:
                    report.leave_out(f"{name}: {tag} is not known")
                else:
                    await take(ctx, account, part, report)
        report.made += 1
    except (AppError, StreamError, ValueError) as error:
        report.leave_out(f"{name}: {error}")


async def _account(ctx: Ctx, domain: str, user: Element) -> ChatAccount:
    """4.2, 4.3: with the keys that came, or those of the password. Raises Invalid, Conflict."""
    keys = {
        scram.HASHES[mechanism]: _keys(one)
        for one in children(user, "scram-credentials", PIE_SCRAM)
        if (mechanism := one.get("mechanism", "")) in scram.HASHES
    }
    password = user.get("password")
    if password and not keys:
        salt = ctx.ids.token(16).encode()[:16]
        rounds = ctx.services.config.chat_scram_iterations
        for kind in scram.HASHES.values():
            keys[kind] = await asyncio.to_thread(scram.derive_keys, kind, password, salt, rounds)
    return await accounts.adopt(ctx, user.get("name", ""), domain, keys)


def _keys(element: Element) -> scram.Keys:
    try:
        salt, server, stored = (
            b64decode(child_text(element, name) or "", validate=True)
            for name in ("salt", "server-key", "stored-key")
        )
    except binascii.Error as error:
        raise ValueError("keys that are no Base64") from error
    iterations = int(child_text(element, "iter-count") or "0")
    if not salt or not server or not stored or not 0 < iterations <= 1_000_000:
        raise ValueError("keys that are none")
    return scram.Keys(salt, iterations, stored, server)


async def _pass_over(_: Ctx, __: ChatAccount, ___: Element, ____: Report) -> None:
    """Read with the account."""


async def _roster(ctx: Ctx, account: ChatAccount, query: Element, report: Report) -> None:
    taken: dict[str, RosterItem] = {}
    for item in children(query, "item"):
        jid = Jid.find(item.get("jid"))
        if jid is None or str(jid) in taken or len(taken) >= roster.MAX_ITEMS:
            report.leave_out(f"{account.username}: roster entry {item.get('jid')}")
            continue
        subscription = item.get("subscription", "none")
        groups = [group.text or "" for group in children(item, "group")]
        taken[str(jid)] = RosterItem(
            organization_id=ctx.org_id,
            account_id=account.id,
            jid=str(jid),
            name=(item.get("name") or "")[: roster.MAX_NAME] or None,
            subscription=subscription if subscription in roster.HALVES else "none",
            ask=item.get("ask") == "subscribe",
            groups=[group for group in dict.fromkeys(groups) if group][: roster.MAX_GROUPS],
        )
    ctx.session.add_all(taken.values())
    account.roster_version += 1


async def _vcard(ctx: Ctx, account: ChatAccount, card: Element, _: Report) -> None:
    await vcards.set_vcard(ctx, account, parse(serialise(card)))


async def _private(ctx: Ctx, account: ChatAccount, query: Element, _: Report) -> None:
    for element in query:
        await private_storage.store(ctx, account.id, str(element.tag), _checked(element))


async def _offline(ctx: Ctx, account: ChatAccount, waiting: Element, _: Report) -> None:
    """4.5: oldest first; each says when it came."""
    stored = [
        Stored(account.id, f"import:{number}", _checked(stanza))
        for number, stanza in enumerate(waiting)
        if namespace_of(stanza) == ns.CLIENT
    ]
    await spool.store_many(ctx, stored[: spool.MAX_WAITING])


async def _configure(ctx: Ctx, account: ChatAccount, element: Element, _: Report) -> None:
    """4.9: a node is made as its form says."""
    for configure in children(element, "configure"):
        form = find_form(configure)
        given = values(form) if form is not None else {}
        access = (given.get("pubsub#access_model") or ("presence",))[0]
        limit = read_number((given.get("pubsub#max_items") or ("1",))[0], pubsub.MAX_ITEMS)
        persist = (given.get("pubsub#persist_items") or ("1",))[0]
        config = pubsub.Config(
            access=access if access in pubsub.ACCESS else "whitelist",
            max_items=pubsub.MAX_ITEMS if limit is None else limit,
            is_persistent=as_bool(persist, default=True),
        )
        await pubsub.create_node(ctx, account.id, configure.get("node", ""), config)


async def _items(ctx: Ctx, account: ChatAccount, element: Element, _: Report) -> None:
    """4.9: what was published, oldest first. A node that was not described is for its owner."""
    publisher = f"{account.username}@{account.domain}"
    private = pubsub.Config(access="whitelist", max_items=pubsub.MAX_ITEMS)
    for items in children(element, "items"):
        for item in children(items, "item"):
            payload = _checked(item[0]) if len(item) else ""
            published = Item(item.get("id") or ctx.ids.token(9), payload, publisher)
            await pubsub.publish(ctx, account.id, items.get("node", ""), published, private, ())


async def _archive(ctx: Ctx, account: ChatAccount, element: Element, report: Report) -> None:
    """4.10: under the ids that the messages had."""
    bare = Jid(account.username, account.domain)
    kept = []
    for result in children(element, "result", ns.MAM):
        wrapped = child(result, "forwarded", ns.FORWARD)
        stanza = find_forwarded(wrapped) if wrapped is not None else None
        sent_at = find_delay(wrapped) if wrapped is not None else None
        if stanza is None or sent_at is None or not result.get("id"):
            report.leave_out(f"{account.username}: a message of the archive")
            continue
        sender, to = Jid.find(stanza.get("from")), Jid.find(stanza.get("to"))
        is_own = sender is not None and sender.bare == bare
        peer = to if is_own else sender
        address = str((peer or bare).bare)
        id_ = result.get("id", "")[:200]
        kept.append(Kept(account.id, address, id_, sent_at, _checked(stanza), is_own))
    for start in range(0, len(kept), 500):
        await archive.keep(ctx, kept[start : start + 500])


def _checked(element: Element) -> str:
    """The element as text, within the limits of what clients send. Raises StreamError."""
    return serialise(parse(serialise(element)))


_Take = Callable[[Ctx, ChatAccount, Element, Report], Any]
#: What stands in a `<user/>`, and who takes it in.
_PARTS: Final[dict[str, _Take]] = {
    f"{{{PIE_SCRAM}}}scram-credentials": _pass_over,
    f"{{{ns.ROSTER}}}query": _roster,
    f"{{{ns.VCARD}}}vCard": _vcard,
    f"{{{ns.PRIVATE}}}query": _private,
    f"{{{PIE}}}offline-messages": _offline,
    f"{{{OLD_PIE}}}offline-messages": _offline,
    f"{{{PUBSUB_OWNER}}}pubsub": _configure,
    f"{{{ns.PUBSUB}}}pubsub": _items,
    f"{{{PIE_MAM}}}archive": _archive,
}
