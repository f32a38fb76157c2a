"""Messages of the organization as stanzas."""

from __future__ import annotations

from typing import Any

from app.core.context import Ctx
from app.domain.chat import archive, inbox, spool
from app.domain.chat.archive import Kept
from app.domain.chat.events import PushDue
from app.domain.chat.people import Person, find_person_of
from app.models import Contact, Message, MessageMedia, Organization
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.xmlio import serialise

#: XEP-0439: what a client may show as buttons. The text alone says the same.
QUICK_RESPONSE = "urn:xmpp:tmp:quick-response"
OOB = "jabber:x:oob"


async def deliver_to_contact(ctx: Ctx, message: Message, contact: Contact) -> bool:
    """The message is in the contact's archive and waits in his spool; False without an account.

    Its stanza's id is the message's uuid, so that taking it twice changes nothing.
    Emits SpoolFilled.
    """
    person = await find_person_of(ctx, contact.id)
    org = await ctx.session.get(Organization, ctx.org_id)
    if person is None or org is None:
        return False
    media = await ctx.session.get(MessageMedia, message.media_id) if message.media_id else None
    sender = f"{org.shortcode}@{person.domain}"
    stanza = serialise(_stanza(message, media, sender, person))
    now = ctx.clock.now()
    if person.archives(sender):
        kept = Kept(person.account_id, sender, message.uuid, now, stanza, is_own=False)
        await archive.keep(ctx, [kept])
        await inbox.note(ctx, inbox.fold([kept]))
    await spool.store(ctx, person.account_id, message.uuid, stanza)
    if person.has_push:
        ctx.emit(PushDue(person.account_id))
    return True


def _choices(content: dict[str, Any]) -> list[str]:
    """What may be answered: the titles of quick replies, or those of a list's sections."""
    sections = [content, *content.get("items", ())]
    return [
        str(option["title"])
        for section in sections
        for option in section.get("options", ())
        if option.get("title")
    ]


def _stanza(message: Message, media: MessageMedia | None, sender: str, person: Person) -> Element:
    bare = f"{person.username}@{person.domain}"
    attributes = {"from": sender, "to": bare, "type": "chat", "id": message.uuid}
    stanza = make("message", ns.CLIENT, attributes)
    text = message.body or (media.caption if media else None) or (media.url if media else "")
    add(stanza, "body", text=text)
    if media is not None:
        oob = make("x", OOB)
        add(oob, "url", text=media.url)
        stanza.append(oob)
    for title in _choices(message.interactive_content or {}):
        stanza.append(make("response", QUICK_RESPONSE, {"value": title, "label": title}))
    stanza.append(make("request", ns.RECEIPTS))
    stanza.append(make("stanza-id", ns.STANZA_IDS, {"id": message.uuid, "by": bare}))
    return stanza
