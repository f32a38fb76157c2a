"""`/api/rooms`: MUC Light rooms, who is in them and what is said there."""

from __future__ import annotations

from fastapi import Response

from app.core.context import Ctx
from app.core.errors import Refused
from app.domain.chat import rooms_archive, rooms_light, rooms_light_news
from app.domain.chat.rooms_archive import RoomWish
from app.domain.chat.rooms_light import ROOMNAME, SUBJECT
from app.models.chat import ChatRoom
from app.protocol import ns
from app.protocol.element import add, make
from app.protocol.jid import Jid
from app.protocol.xmlio import parse
from app.rest.chat import room_news, shapes
from app.rest.chat.bodies import (
    Id,
    NewRoomMessage,
    NewUser,
    RoomDetails,
    RoomMsg,
    RoomSettings,
    RoomShort,
)
from app.rest.chat.caller import Caller
from app.rest.chat.calls import Before, RoomId, RoomLimit, Who, address, also, older_than, router
from app.rest.chat.messages import clean

routes = router("rooms")


@routes.get("/rooms")
async def mine(caller: Who) -> list[RoomShort]:
    """The rooms that the caller is in."""
    async with caller.work() as ctx:
        found = await rooms_light.list_light(ctx, str(caller.jid))
    return [
        RoomShort(id=room.jid.partition("@")[0], name=room.name, subject=room.subject)
        for room in found
    ]


@routes.post("/rooms", status_code=201)
async def create(caller: Who, settings: RoomSettings) -> Id:
    """A room with the caller as its owner."""
    return await _create(caller, str(caller.services.ids.uuid4()), settings)


@routes.get("/rooms/{id}", responses=also(403, 404))
async def details(caller: Who, id_: RoomId) -> RoomDetails:
    """A room and who is in it."""
    jid = _room(caller, id_)
    async with caller.work() as ctx:
        room, people = await _entered(ctx, caller, jid)
    participants = [{"user": who, "role": role} for who, role in sorted(people.items())]
    return RoomDetails.model_validate(
        {"name": room.name, "subject": room.subject, "participants": participants}
    )


@routes.put("/rooms/{id}", status_code=201, responses=also(403))
async def create_named(caller: Who, id_: RoomId, settings: RoomSettings) -> Id:
    """A room of that id with the caller as its owner."""
    return await _create(caller, _room(caller, id_).partition("@")[0], settings)


@routes.put("/rooms/{id}/config", status_code=204, responses=also(403, 404))
async def configure(caller: Who, id_: RoomId, settings: RoomSettings) -> Response:
    """Another name and subject; the owner sets both, a member keeps the name."""
    jid = _room(caller, id_)
    wished = {ROOMNAME: clean(settings.name), SUBJECT: clean(settings.subject)}
    async with caller.work() as ctx:
        before = await rooms_light.get_light(ctx, jid)
        version, had = before.version, rooms_light.options_of(before)
        changed = {name: value for name, value in wished.items() if had.get(name) != value}
        room = await rooms_light.configure_light(ctx, jid, str(caller.jid), changed)
        people = await rooms_light.members(ctx, jid)
        id_, names = str(ctx.ids.uuid7()), sorted(changed)
        news = rooms_light_news.of_configuration(room, version, names, people, id_)
    await room_news.tell(caller, news)
    return Response(status_code=204)


@routes.post("/rooms/{id}/users", status_code=204, responses=also(403, 404))
async def add_user(caller: Who, id_: RoomId, wish: NewUser) -> Response:
    """Add somebody; only the owner does."""
    who = str(address(wish.user, "user").bare)
    await _change(caller, _room(caller, id_), who, "member")
    return Response(status_code=204)


@routes.delete("/rooms/{id}/users/{user}", status_code=204, responses=also(403, 404))
async def remove_user(caller: Who, id_: RoomId, user: str) -> Response:
    """The owner removes anybody, a member himself."""
    await _change(caller, _room(caller, id_), str(address(user, "user").bare), "none")
    return Response(status_code=204)


@routes.post("/rooms/{id}/messages", responses=also(403, 404))
async def say(caller: Who, id_: RoomId, message: NewRoomMessage) -> Id:
    """Say something to everybody in the room, or mark how far one has read."""
    if message.body is None and message.chat_marker is None:
        raise Refused("No valid message elements")
    jid, own = _room(caller, id_), str(caller.jid)
    stanza_id = str(caller.services.ids.uuid4())
    addresses = {"from": f"{jid}/{own}", "type": "groupchat", "id": stanza_id}
    stanza = make("message", ns.CLIENT, addresses)
    if message.body is not None:
        add(stanza, "body", text=clean(message.body))
    if message.markable:
        stanza.append(make("markable", ns.CHAT_MARKERS))
    if message.chat_marker is not None:
        marker = {"id": clean(message.chat_marker.id)}
        stanza.append(make(message.chat_marker.type, ns.CHAT_MARKERS, marker))
    async with caller.work() as ctx:
        room = await rooms_light.get_light(ctx, jid)
        news = await rooms_light_news.say(ctx, room, own, stanza, str(ctx.ids.uuid7()))
    await room_news.tell(caller, news)
    return Id(id=stanza_id)


@routes.get("/rooms/{id}/messages", response_model_exclude_none=True, responses=also(403, 404))
async def said(
    caller: Who, id_: RoomId, limit: RoomLimit = 50, before: Before = None
) -> list[RoomMsg]:
    """What was said last, oldest first."""
    jid = _room(caller, id_)
    async with caller.work() as ctx:
        room, _ = await _entered(ctx, caller, jid)
        if limit == 0:
            return []
        wish = RoomWish(limit, end=older_than(before), before="")
        rows = (await rooms_archive.find_page(ctx, room.id, wish)).rows
    shown = [
        shapes.room_message(
            parse(row.stanza), row.stanza_id, shapes.milliseconds(row.sent_at), row.sender
        )
        for row in rows
    ]
    return [one for one in shown if one is not None]


async def _create(caller: Caller, local: str, settings: RoomSettings) -> Id:
    jid, own = f"{local}@{caller.light_domain}", str(caller.jid)
    options = {ROOMNAME: clean(settings.name), SUBJECT: clean(settings.subject)}
    async with caller.work() as ctx:
        room, people = await rooms_light.create_light(ctx, jid, own, options)
        news = await rooms_light_news.of_creation(ctx, room, people, str(ctx.ids.uuid7()))
    await room_news.tell(caller, news)
    return Id(id=local)


async def _change(caller: Caller, jid: str, who: str, affiliation: str) -> None:
    """Somebody is in the room, or no more, and everybody who is or was there hears of it."""
    async with caller.work() as ctx:
        room = await rooms_light.get_light(ctx, jid)
        before = room.version, await rooms_light.members(ctx, jid)
        changed, after = await rooms_light.change_members(
            ctx, jid, str(caller.jid), {who: affiliation}
        )
        id_ = str(ctx.ids.uuid7())
        news = await rooms_light_news.of_people(ctx, room, before, changed, after, id_)
    await room_news.tell(caller, news)


async def _entered(ctx: Ctx, caller: Caller, jid: str) -> tuple[ChatRoom, dict[str, str]]:
    """The room and its people. Raises RoomNotFound, NotMember."""
    room = await rooms_light.get_light(ctx, jid)
    people = await rooms_light.members(ctx, jid)
    if str(caller.jid) not in people:
        raise rooms_light.NotMember("You are no member of the room.")
    return room, people


def _room(caller: Caller, id_: str) -> str:
    """The room's address, from that or the part before the @. Raises Refused."""
    if "@" not in id_:
        id_ = f"{id_}@{caller.light_domain}"
    jid = Jid.find(id_)
    if jid is None or not jid.local or jid.resource:
        raise Refused("Invalid room ID")
    if jid.domain != caller.light_domain:
        raise Refused("Invalid MUC Light domain")
    return str(jid)
