"""What the service and its rooms answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from app.core.errors import Invalid
from app.domain.chat import rooms_light
from app.domain.chat import rooms_light_news as news
from app.models.chat import ChatRoom
from app.protocol import ns, rsm
from app.protocol.element import Element, add, children, has, make, namespace_of
from app.protocol.errors import StanzaError
from app.protocol.jid import Jid
from app.xmpp.modules.muclight import history, words
from app.xmpp.modules.muclight.words import Asked, Told

Answer = Callable[[Asked], Awaitable[Told]]

_ACTIONS: Final = {"deny": True, "allow": False}


async def create(asked: Asked) -> Told:
    """A room of the name that is addressed, or of a fresh one, with those whom its owner adds."""
    name = asked.to.local or str(asked.ctx.ids.uuid4())
    room_jid, owner = str(Jid(name, asked.to.domain)), str(asked.sender)
    options = words.read_options(words.part_of(asked.element, "configuration"))
    wished = words.read_people(words.part_of(asked.element, "occupants"))
    if owner in wished:
        raise Invalid("user", "is not who makes the room")
    room, people = await rooms_light.create_light(asked.ctx, room_jid, owner, options, wished)
    return Told(news=await news.of_creation(asked.ctx, room, people, asked.id))


async def configure(asked: Asked) -> Told:
    """The options are in force, and every member hears which."""
    jid, options = str(asked.to), words.read_options(asked.element)
    if not options:
        raise Invalid("options", "can't be blank")
    before = (await rooms_light.get_light(asked.ctx, jid)).version
    room = await rooms_light.configure_light(asked.ctx, jid, str(asked.sender), options)
    people = await rooms_light.members(asked.ctx, jid)
    names = sorted(options)
    return Told(news=news.of_configuration(room, before, names, people, asked.id))


async def change_people(asked: Asked) -> Told:
    """People are added and removed, leave, or own the room; each hears what concerns him."""
    jid = str(asked.to)
    wished = words.read_people(asked.element)
    if not wished:
        raise Invalid("user", "can't be blank")
    room = await rooms_light.get_light(asked.ctx, jid)
    before = room.version, await rooms_light.members(asked.ctx, jid)
    changed, after = await rooms_light.change_members(
        asked.ctx, jid, str(asked.sender), wished, is_strict=True
    )
    return Told(news=await news.of_people(asked.ctx, room, before, changed, after, asked.id))


async def destroy(asked: Asked) -> Told:
    """The owner destroys the room; who was in it hears so."""
    jid = str(asked.to)
    people = await rooms_light.destroy_light(asked.ctx, jid, str(asked.sender))
    return Told(news=await news.of_destruction(asked.ctx, jid, people, asked.id))


async def _seen(asked: Asked) -> tuple[ChatRoom, dict[str, str]]:
    """The room and its people, for one of them. Raises NotMember."""
    room = await rooms_light.get_light(asked.ctx, str(asked.to))
    people = await rooms_light.members(asked.ctx, str(asked.to))
    if str(asked.sender) not in people:
        raise rooms_light.NotMember("You are no member of the room.")
    return room, people


async def show_configuration(asked: Asked) -> Told:
    """The options, or nothing for who knows this version."""
    return await _versioned(asked, lambda result, room, _: news.add_options(result, room))


async def show_people(asked: Asked) -> Told:
    """Who is in the room, or nothing for who knows this version."""
    return await _versioned(asked, lambda result, _, people: news.add_people(result, people))


async def show_all(asked: Asked) -> Told:
    """Options and people at once, or nothing for who knows this version."""

    def show(result: Element, room: ChatRoom, people: Mapping[str, str]) -> None:
        news.add_options(add(result, "configuration"), room)
        news.add_people(add(result, "occupants"), people)

    return await _versioned(asked, show)


async def _versioned(
    asked: Asked, show: Callable[[Element, ChatRoom, Mapping[str, str]], None]
) -> Told:
    """The version and what `show` adds, in the namespace of the question, unless it is known."""
    room, people = await _seen(asked)
    if words.knows(asked.element, room):
        return Told()
    result = make("query", namespace_of(asked.element))
    add(result, "version", text=room.version)
    show(result, room, people)
    return Told(result)


async def show_blocks(asked: Asked) -> Told:
    """Whom and which rooms the sender blocks."""
    result = make("query", words.BLOCKING)
    for row in await rooms_light.blocks(asked.ctx, str(asked.sender)):
        add(result, row.what, attributes={"action": "deny"}, text=row.jid)
    return Told(result)


async def change_blocks(asked: Asked) -> Told:
    """People and rooms are blocked, or no more."""
    wished = {}
    for what in ("room", "user"):
        for item in children(asked.element, what):
            action = item.get("action", "")
            if action not in _ACTIONS:
                raise StanzaError("bad-request", "modify", "action is deny or allow.")
            wished[what, str(Jid.parse((item.text or "").strip()).bare)] = _ACTIONS[action]
    await rooms_light.set_blocks(asked.ctx, str(asked.sender), wished)
    return Told()


def _describe(name: str, *features: str) -> Element:
    query = make("query", ns.DISCO_INFO)
    identity = {"category": "conference", "type": "text", "name": name}
    query.append(make("identity", ns.DISCO_INFO, identity))
    for feature in (ns.DISCO_INFO, ns.DISCO_ITEMS, *features):
        query.append(make("feature", ns.DISCO_INFO, {"var": feature}))
    return query


async def describe_service(asked: Asked) -> Told:
    """XEP-0030 3: the service."""
    return Told(_describe("Groups", ns.PING, ns.RSM, words.NS))


async def describe_room(asked: Asked) -> Told:
    """XEP-0030 3: a room, for its members."""
    room, _ = await _seen(asked)
    return Told(_describe(room.name, ns.MAM, words.NS))


async def list_rooms(asked: Asked) -> Told:
    """XEP-0030 4, XEP-0059: the sender's rooms with their versions, by address."""
    found = await rooms_light.list_light(asked.ctx, str(asked.sender))
    page = rsm.read_page(asked.element)
    rest = [room for room in found if room.jid > (page.after or "")]
    shown = rest[: page.limit(rsm.MAX_PAGE)]
    result = make("query", ns.DISCO_ITEMS)
    for room in shown:
        attributes = {"jid": room.jid, "name": room.name, "version": room.version}
        result.append(make("item", ns.DISCO_ITEMS, attributes))
    if has(asked.element, "set", ns.RSM) or len(shown) < len(rest):
        first, last = (shown[0].jid, shown[-1].jid) if shown else (None, None)
        result.append(rsm.page_result(first, last, len(found)))
    return Told(result)


async def nothing(asked: Asked) -> Told:
    """XEP-0199 4.2; and nobody is shown a room's people by disco."""
    if namespace_of(asked.element) == ns.DISCO_ITEMS:
        await _seen(asked)
        return Told(make("query", ns.DISCO_ITEMS))
    return Told()


def find(kind: str, element: Element, *, is_room: bool) -> Answer | None:
    """Who answers such a request."""
    return (_ROOM if is_room else _SERVICE).get((kind, namespace_of(element)))


_SERVICE: Final[dict[tuple[str, str], Answer]] = {
    ("get", ns.DISCO_INFO): describe_service,
    ("get", ns.DISCO_ITEMS): list_rooms,
    ("get", ns.PING): nothing,
    ("get", words.BLOCKING): show_blocks,
    ("set", words.BLOCKING): change_blocks,
    ("set", words.CREATE): create,
}
_ROOM: Final[dict[tuple[str, str], Answer]] = {
    ("get", ns.DISCO_INFO): describe_room,
    ("get", ns.DISCO_ITEMS): nothing,
    ("get", ns.PING): nothing,
    ("get", ns.MAM): history.show_form,
    ("set", ns.MAM): history.take,
    ("get", words.CONFIGURATION): show_configuration,
    ("set", words.CONFIGURATION): configure,
    ("get", words.AFFILIATIONS): show_people,
    ("set", words.AFFILIATIONS): change_people,
    ("get", words.INFO): show_all,
    ("set", words.CREATE): create,
    ("set", words.DESTROY): destroy,
}
