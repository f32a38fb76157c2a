"""Messages of the organization as stanzas.

What may be answered is said three times: as reply options (XEP-0439), for a list also as a data
form (XEP-0004), and in the text for clients that show neither; XEP-0428 marks that part of the
text, so that a client which shows buttons can leave it out.
"""

from __future__ import annotations

import re

from app.core.context import Ctx
from app.domain.chat import archive, inbox, spool
from app.domain.chat.archive import Kept
from app.domain.chat.events import PushDue
from app.domain.chat.people import Person, find_person_of
from app.domain.messages.choices import choices
from app.models import Contact, Message, MessageMedia, Organization
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.forms import Field, form
from app.protocol.xmlio import serialise

#: XEP-0068: what the data form of a list is about.
CHOICE_FORM = "urn:samvad:choice"


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


def _stanza(message: Message, media: MessageMedia | None, sender: str, person: Person) -> Element:
    bare = f"{person.username}@{person.domain}"
    attributes = {"from": sender, "to": bare, "type": "chat", "id": message.uuid}
    stanza = make("message", ns.CLIENT, attributes)
    text = message.body or (media.caption if media else None) or (media.url if media else "")
    titles = choices(message.interactive_content)
    shown = _with_titles(text or "", titles)
    add(stanza, "body", text=shown)
    if media is not None:
        oob = make("x", ns.OOB)
        add(oob, "url", text=media.url)
        stanza.append(oob)
    for title in titles:
        stanza.append(make("response", ns.QUICK_RESPONSE, {"value": title, "label": title}))
    if titles and message.type == "list":
        options = tuple((title, title) for title in titles)
        stanza.append(form("form", CHOICE_FORM, [Field("list", (), "list-single", "", options)]))
    if shown != text:
        stanza.append(_fallback(len(text or ""), len(shown)))
    stanza.append(make("request", ns.RECEIPTS))
    stanza.append(make("markable", ns.CHAT_MARKERS))
    stanza.append(make("stanza-id", ns.STANZA_IDS, {"id": message.uuid, "by": bare}))
    return stanza


def _with_titles(text: str, titles: list[str]) -> str:
    """The text, and below it what may be answered, unless it names all of that itself."""
    if all(_names(text, title) for title in titles):
        return text
    return "\n".join([*([text, ""] if text else []), *(f"• {title}" for title in titles)])


def _names(text: str, title: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text, re.IGNORECASE) is not None


def _fallback(start: int, end: int) -> Element:
    """XEP-0428 2.2: these characters of the body say what the reply options say."""
    element = make("fallback", ns.FALLBACK, {"for": ns.QUICK_RESPONSE})
    add(element, "body", attributes={"start": str(start), "end": str(end)})
    return element
