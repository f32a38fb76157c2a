"""`/api/contacts`: the roster and subscriptions (RFC 6121 2 and 3)."""

from __future__ import annotations

from fastapi import Response
from redis.exceptions import RedisError

from app.core import log
from app.core.context import Ctx
from app.core.errors import NotFound
from app.domain.chat import accounts, circles, roster
from app.models.chat import ChatAccount
from app.protocol import ns
from app.protocol.element import make
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise
from app.rest.chat.bodies import Contact, ContactAction, NewContact, NotRemoved, Removals
from app.rest.chat.caller import Caller
from app.rest.chat.calls import Gone, Who, address, also, router
from app.xmpp.remote import RedisRouter

routes = router("contacts")
_log = log.get(__name__)

#: What asks for, and what gives, the account's presence.
KINDS = {"invite": "subscribe", "accept": "subscribed"}


@routes.get("/contacts")
async def entries(caller: Who) -> list[Contact]:
    """The roster, with requests that wait for an answer of the account."""
    async with caller.work() as ctx:
        found = await roster.list_entries(ctx, caller.account_id)
        waiting = {jid for jid, _ in (await circles.circle_of(ctx, caller.account_id)).waiting}
    listed = {
        entry.jid: Contact.model_validate(
            {
                "jid": entry.jid,
                "subscription": entry.subscription,
                "ask": _ask(is_out=entry.ask, is_in=entry.jid in waiting),
            }
        )
        for entry in found
    }
    for jid in waiting - listed.keys():
        listed[jid] = Contact(jid=jid, subscription="none", ask="in")
    return [listed[jid] for jid in sorted(listed)]


@routes.get("/contacts/{contact}", include_in_schema=False)
async def entry(contact: str) -> None:
    """The roster is read as a whole only."""
    raise Gone("Not Found")


@routes.post("/contacts", status_code=204, responses=also(404))
async def add(caller: Who, contact: NewContact) -> Response:
    """Put somebody into the roster."""
    jid = address(contact.jid, "contact").bare
    async with caller.work() as ctx:
        if await _is_missing(ctx, caller, jid):
            raise Gone("User does not exist")
        had = await roster.find_entry(ctx, caller.account_id, str(jid))
        name, groups = (had.name, had.groups) if had is not None else ("", ())
        change = await roster.set_item(ctx, caller.account_id, str(jid), name, groups)
        await roster.announce(ctx, await _own(ctx, caller), change)
    return Response(status_code=204)


@routes.put("/contacts/{contact}", status_code=204, responses=also(404))
async def act(caller: Who, contact: str, wish: ContactAction) -> Response:
    """Ask for the contact's presence, or let him see one's own."""
    jid = address(contact, "contact").bare
    async with caller.work() as ctx:
        waiting = {who for who, _ in (await circles.circle_of(ctx, caller.account_id)).waiting}
        is_known = await roster.find_entry(ctx, caller.account_id, str(jid)) is not None
        if not is_known and str(jid) not in waiting:
            raise Gone("Contact not found")
        told = await _step(ctx, caller, jid, KINDS[wish.action], changes_own=True)
    await _tell(caller, told)
    return Response(status_code=204)


@routes.delete("/contacts/{contact}", status_code=204, responses=also(404))
async def remove(caller: Who, contact: str) -> Response:
    """Take somebody out of the roster; subscriptions end on both sides."""
    jid = address(contact, "contact").bare
    async with caller.work() as ctx:
        told = await _remove(ctx, caller, jid)
    await _tell(caller, told)
    return Response(status_code=204)


@routes.delete("/contacts")
async def remove_many(caller: Who, wish: Removals) -> NotRemoved:
    """Take several people out of the roster; who was not in it is named."""
    left, told = [], []
    async with caller.work() as ctx:
        for text in dict.fromkeys(wish.to_delete):
            jid = Jid.find(text)
            try:
                if jid is None:
                    raise NotFound("no address")
                told += await _remove(ctx, caller, jid.bare)
            except NotFound:
                left.append(text)
    await _tell(caller, told)
    return NotRemoved(not_deleted=left)


Told = list[tuple[Jid, str]]


async def _step(ctx: Ctx, caller: Caller, jid: Jid, kind: str, *, changes_own: bool) -> Told:
    """RFC 6121 3: both rosters change; gives the presence that is to be sent, and to whom."""
    own = str(caller.jid)
    text = _presence(kind, own, str(jid))
    is_passed_on = True
    if changes_own:
        change = await roster.sent(ctx, caller.account_id, kind, str(jid))
        await roster.announce(ctx, await _own(ctx, caller), change)
        is_passed_on = change.is_passed_on
    other = await accounts.find_account(ctx, jid.local, jid.domain)
    if other is None or not is_passed_on:
        return []
    heard = await roster.received(ctx, other.id, kind, own, text if kind == "subscribe" else "")
    await roster.announce(ctx, other, heard)
    if heard.is_granted:
        # 3.1.3: it was granted before, so the server says so again.
        granted = await roster.received(ctx, caller.account_id, "subscribed", str(jid))
        await roster.announce(ctx, await _own(ctx, caller), granted)
        return [(caller.jid, _presence("subscribed", str(jid), own))]
    return [(jid, text)] if heard.is_passed_on else []


async def _remove(ctx: Ctx, caller: Caller, jid: Jid) -> Told:
    change, had = await roster.remove_item(ctx, caller.account_id, str(jid))
    await roster.announce(ctx, await _own(ctx, caller), change)
    told: Told = []
    gets, gives = roster.HALVES[had]
    for kind, was in (("unsubscribe", gets), ("unsubscribed", gives)):
        if was:
            told += await _step(ctx, caller, jid, kind, changes_own=False)
    return told


async def _tell(caller: Caller, told: Told) -> None:
    live = RedisRouter(caller.services.redis)
    try:
        for jid, text in told:
            await live.deliver(jid, text)
    except RedisError as error:
        # Both rosters are right; a request is shown at the next login.
        _log.warning("subscription not told at once", reason=str(error))


async def _own(ctx: Ctx, caller: Caller) -> ChatAccount:
    account = await ctx.session.get(ChatAccount, caller.account_id)
    if account is None:
        raise Gone("User does not exist")
    return account


async def _is_missing(ctx: Ctx, caller: Caller, jid: Jid) -> bool:
    """Whether the address is one of ours and nobody's."""
    orgs = caller.gate.orgs
    if not orgs.serves(jid.domain) or orgs.org_of(jid) is not None:
        return False
    return await accounts.find_account(ctx, jid.local, jid.domain) is None


def _presence(kind: str, sender: str, to: str) -> str:
    return serialise(make("presence", ns.CLIENT, {"from": sender, "to": to, "type": kind}))


def _ask(*, is_out: bool, is_in: bool) -> str:
    if is_out and is_in:
        return "both"
    if is_out:
        return "out"
    return "in" if is_in else "none"
