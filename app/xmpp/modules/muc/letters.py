"""XEP-0045 7.8 and 7.13: invitations, declines and requests for voice, sent to the room itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.chat import accounts, rooms
from app.domain.chat.rooms import Standing
from app.protocol import ns
from app.protocol.element import Element, add, child, child_text, make
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, as_bool, find_form, form, values
from app.protocol.jid import Jid
from app.xmpp.module import Host
from app.xmpp.modules.muc import change, names
from app.xmpp.modules.muc.room import Occupant, Room
from app.xmpp.modules.muc.visit import Visit

#: Invitations of one stanza.
MAX_INVITED: Final = 100


async def take(visit: Visit) -> None:
    """A message of another type than groupchat to the room. Raises bad-request for other ones."""
    asked = find_form(visit.stanza)
    if asked is not None and values(asked).get("FORM_TYPE") == (names.REQUEST,):
        await _voice(visit, values(asked))
        return
    x = child(visit.stanza, "x", ns.MUC_USER)
    if x is None:
        raise StanzaError("bad-request", "modify", "A room takes groupchat and invitations.")
    decline = child(x, "decline")
    if decline is not None:
        await _pass_on(visit, decline, "decline")
        return
    invites = list(x.iterchildren(f"{{{ns.MUC_USER}}}invite"))[:MAX_INVITED]
    if not invites:
        raise StanzaError("bad-request", "modify", "A room takes groupchat and invitations.")
    await _invite(visit, invites)


async def _invite(visit: Visit, invites: list[Element]) -> None:
    """7.8.2: mediated. In a members-only room who is invited becomes a member."""
    room, occupant = visit.room, visit.present()
    config = room.config
    may = occupant.affiliation in {"owner", "admin"} or config.allow_user_invites
    if not may and (config.members_only or occupant.role == "visitor"):
        raise StanzaError("forbidden", text="Only admins invite into this room.")
    invited = [Jid.parse(invite.get("to", "")) for invite in invites]
    await _check_there(visit, invited)
    new = {
        str(who.bare): Standing("member")
        for who in invited
        if config.members_only and room.affiliation_of(who.bare) == "none"
    }
    if new:
        async with visit.work() as ctx:
            await rooms.set_affiliations(ctx, room.name, new, origin=visit.node)
        room.standings.update(new)
    for invite, who in zip(invites, invited, strict=True):
        await visit.host.route(_asked_for(visit, invite, who))


async def _check_there(visit: Visit, invited: list[Jid]) -> None:
    """7.8.2: who invites somebody that is not there learns so. Raises item-not-found."""
    people = [who.bare for who in invited if visit.host.org_of(who) is None]
    async with visit.work() as ctx:
        found = await accounts.find_accounts(ctx, people)
    absent = [who for who in people if who not in found]
    if absent:
        raise StanzaError("item-not-found", text=f"There is no account {absent[0]}.")


def invite_members(visit: Visit, reasons: Mapping[Jid, str]) -> None:
    """9.5: who has become a member of a members-only room is on his way to hear so from it."""
    letters = [invitation(visit, to, reason) for to, reason in reasons.items()]
    visit.host.spawn(_send(visit.host, letters), "invitations of members")


async def _send(host: Host, letters: list[Element]) -> None:
    for letter in letters:
        await host.route(letter)


def _asked_for(visit: Visit, invite: Element, to: Jid) -> Element:
    """The invitation under the id of the message that asks for it."""
    reason, going_on = child_text(invite, "reason") or "", child(invite, "continue")
    stanza = invitation(visit, to, reason, going_on)
    if visit.stanza.get("id"):
        stanza.set("id", visit.stanza.get("id", ""))
    return stanza


def invitation(visit: Visit, to: Jid, reason: str, going_on: Element | None = None) -> Element:
    """7.8.2 and XEP-0249 2: the room's invitation, readable by old and new clients."""
    room = visit.room
    stanza = make("message", ns.CLIENT, {"from": room.name, "to": str(to)})
    x = add(stanza, "x", ns.MUC_USER)
    shown = add(x, "invite", attributes={"from": str(visit.sender.bare)})
    if reason:
        add(shown, "reason", text=reason)
    if going_on is not None:
        thread = going_on.get("thread")
        add(shown, "continue", attributes={"thread": thread} if thread else {})
    direct = make("x", ns.DIRECT_INVITE, {"jid": room.name})
    if room.config.password_protected:
        add(x, "password", text=room.config.password)
        direct.set("password", room.config.password)
    if reason:
        direct.set("reason", reason)
    stanza.append(direct)
    return stanza


async def _pass_on(visit: Visit, decline: Element, name: str) -> None:
    """7.8.2: who invited hears that the other does not come."""
    to = Jid.parse(decline.get("to", ""))
    room = visit.room
    stanza = make("message", ns.CLIENT, {"from": room.name})
    x = add(stanza, "x", ns.MUC_USER)
    shown = add(x, name, attributes={"from": str(visit.sender.bare)})
    reason = child_text(decline, "reason")
    if reason:
        add(shown, "reason", text=reason)
    inside = [occupant for occupant in room.occupants.values() if occupant.bare == to.bare]
    if inside:
        room.tell([seat for occupant in inside for seat in occupant.seats.values()], stanza)
        return
    stanza.set("to", str(to))
    await visit.host.route(stanza)


async def _voice(visit: Visit, given: dict[str, tuple[str, ...]]) -> None:
    """7.13 asks, 8.6 approves."""
    occupant = visit.present()
    if occupant.role == "moderator":
        await _approve(visit, occupant, given)
        return
    room = visit.room
    if not room.config.allow_voice_requests or occupant.role != "visitor":
        raise StanzaError("forbidden", text="There is nothing to ask for.")
    now_s = visit.now_s()
    if now_s - occupant.asked_voice_s < room.config.voice_request_min_interval:
        raise StanzaError("resource-constraint", "wait", "You have asked; wait for an answer.")
    occupant.asked_voice_s = now_s
    moderators = [o for o in room.occupants.values() if o.role == "moderator"]
    seats = [seat for moderator in moderators for seat in moderator.seats.values()]
    room.tell(seats, _request(room, occupant))


def _request(room: Room, occupant: Occupant) -> Element:
    fields = [
        Field("muc#role", ("participant",), "list-single", "Requested role"),
        Field("muc#jid", (str(occupant.full),), "jid-single", "User ID"),
        Field("muc#roomnick", (occupant.nick,), "text-single", "Room Nickname"),
        Field("muc#request_allow", ("false",), "boolean", "Grant voice to this person?"),
    ]
    stanza = make("message", ns.CLIENT, {"from": room.name})
    text = "To approve this request for voice, select the box and submit the form."
    stanza.append(form("form", names.REQUEST, fields, "Voice request", text))
    return stanza


async def _approve(visit: Visit, moderator: Occupant, given: dict[str, tuple[str, ...]]) -> None:
    nick = "".join(given.get("muc#roomnick", ())[:1])
    other = visit.room.occupants.get(nick)
    if other is None:
        raise StanzaError("item-not-found")
    allow = as_bool("".join(given.get("muc#request_allow", ())[:1]), default=False)
    if allow and other.role == "visitor":
        await visit.room.settled()
        change.set_role(visit.room, other, "participant", actor=moderator.nick)
