"""One table: what each event sets off once its transaction has been committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from redis.exceptions import RedisError

from app.core import log
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.broadcasts import events as broadcasts
from app.domain.chat import events as chat
from app.domain.chat import rooms_groups
from app.domain.contacts import events as contacts
from app.domain.flow_definitions import events as flow_definitions
from app.domain.flow_sessions import events as flow_sessions
from app.domain.flow_sessions import nudges
from app.domain.groups import events as groups
from app.domain.messages import events as messages
from app.domain.messages import service as message_verbs
from app.domain.tags import events as tags

_log = log.get(__name__)

Reaction = Callable[[Services, int, Any], Awaitable[None]]

#: Counts of conversations are told at most so often for one organization.
COUNT_EVERY_MS = 1000


def tell(topic: str) -> Reaction:
    """Publish the ids that the event carries on the organization's `topic`."""

    async def reaction(services: Services, org_id: int, event: Any) -> None:
        payload = {
            name: value
            for name in event.__slots__
            if isinstance(value := getattr(event, name), int | str | bool | None)
        }
        await services.live.publish(f"org:{org_id}:{topic}", payload)

    return reaction


async def nudge_flow(services: Services, org_id: int, event: Any) -> None:
    """The flow engine should look at the contact's inbox; organizations get their turns."""
    await nudges.nudge(services, org_id, event.contact_id)


def queue(job: str, argument: str) -> Reaction:
    """Send `job` with the event's `argument`."""

    async def reaction(services: Services, _: int, event: Any) -> None:
        await services.jobs.send(job, getattr(event, argument))

    return reaction


async def tell_received(services: Services, org_id: int, event: messages.MessageReceived) -> None:
    """Staff see the message; that of a simulator only who tries a flow out."""
    topic = "received_simulator_message" if event.is_simulator else "received_message"
    await tell(topic)(services, org_id, event)


async def tell_sent(services: Services, org_id: int, event: messages.MessageQueued) -> None:
    """Staff see what goes out at once, before the channel has taken it."""
    topic = "sent_simulator_message" if event.is_simulator else "sent_message"
    await tell(topic)(services, org_id, event)


async def deliver(services: Services, org_id: int, event: messages.MessageQueued) -> None:
    """The message leaves now, from this process: no queue in between, and a sweep behind."""
    if event.due is None and not event.has_left:
        async with unit_of_work(services, org_id=org_id) as ctx:
            await message_verbs.deliver_due(ctx, event.contact_id)


async def tell_counts(services: Services, org_id: int, _: object) -> None:
    """The counts of `collectionStats` may have changed; said at most once a second."""
    key = f"told:counts:{org_id}"
    if await services.redis.set(key, 1, nx=True, px=COUNT_EVERY_MS):
        await services.live.publish(f"org:{org_id}:collection_count", {})


async def nudge_gateways(services: Services, _: int, event: chat.SpoolFilled) -> None:
    """Every chat server node looks whether the account's sessions are with it."""
    await services.redis.publish("gateway:spool", f'{{"account_id":{event.account_id}}}')


async def follow_groups(services: Services, org_id: int, event: groups.GroupMembersChanged) -> None:
    """The rooms of the groups have their contacts as members."""
    async with unit_of_work(services, org_id=org_id) as ctx:
        await rooms_groups.follow_groups(ctx, event.group_ids)


async def leave_rooms(services: Services, org_id: int, event: groups.GroupDeleted) -> None:
    """Nobody is a member of the group's rooms any more."""
    async with unit_of_work(services, org_id=org_id) as ctx:
        await rooms_groups.leave_rooms(ctx, event.uuid)


def tell_rooms(kind: str) -> Reaction:
    """The node that has the room's occupants hears what became of the room."""

    async def reaction(services: Services, _: int, event: Any) -> None:
        told = {"kind": kind} | {name: getattr(event, name) for name in event.__slots__}
        await services.redis.publish("rooms:changes", orjson.dumps(told))

    return reaction


async def tell_modules(services: Services, _: int, event: Any) -> None:
    """The chat modules of every node hear of it (`gateway:modules`)."""
    message = {"node": "", "kind": type(event).__name__, "data": asdict(event)}
    await services.redis.publish("gateway:modules", orjson.dumps(message))


#: Event class -> what is done, in order. A test finds events that are missing here.
REACTIONS: dict[type, tuple[Reaction, ...]] = {
    messages.MessageReceived: (nudge_flow, tell_received, tell_counts),
    messages.MessageQueued: (tell_sent, deliver, tell_counts),
    # Many messages of one contact leave in turns, so that others get theirs in between.
    messages.DeliveryPending: (queue("outbound.deliver", "contact_id"),),
    messages.MessageStatusChanged: (tell("update_message_status"),),
    messages.MessageChanged: (tell("update_message_status"),),
    messages.GroupMessageSent: (tell("sent_group_message"),),
    messages.MessagesCleared: (nudge_flow, tell("cleared_messages"), tell_counts),
    messages.ConversationChanged: (tell_counts,),
    chat.SpoolFilled: (nudge_gateways,),
    chat.RoomChanged: (tell_rooms("changed"),),
    chat.RoomDestroyed: (tell_rooms("destroyed"),),
    chat.AccountChanged: (tell_modules,),
    chat.RosterChanged: (tell_modules,),
    chat.TypingChanged: (tell_modules,),
    chat.PushDue: (queue("push.tell", "account_id"),),
    flow_sessions.InboxFilled: (nudge_flow,),
    flow_sessions.EffectQueued: (queue("webhooks.perform", "effect_id"),),
    flow_sessions.GroupFlowStarted: (queue("bulk.start_flow", "broadcast_id"),),
    broadcasts.BroadcastStarted: (queue("bulk.send_message", "broadcast_id"),),
    groups.GroupMembersChanged: (follow_groups,),
    groups.GroupDeleted: (leave_rooms,),
    contacts.ImportRequested: (queue("imports.contacts", "job_id"),),
    contacts.SimulatorReleased: (tell("simulator_release"),),
    contacts.ContactUpdated: (tell_counts,),
    contacts.ContactOptedIn: (tell_counts,),
    contacts.ContactOptedOut: (tell_counts,),
    contacts.ContactDeleted: (tell_counts,),
    tags.ContactTagged: (tell("created_contact_tag"),),
    tags.ContactUntagged: (tell("deleted_contact_tag"),),
    tags.MessageTagged: (tell("created_message_tag"),),
    tags.MessageUntagged: (tell("deleted_message_tag"),),
}

#: Events that nobody waits for yet.
UNTOLD: frozenset[type] = frozenset(
    {
        broadcasts.BroadcastCompleted,
        contacts.ContactCreated,
        flow_definitions.FlowPublished,  # a session that begins looks for itself
    }
)


async def after_commit(services: Services, org_id: int, events: Sequence[object]) -> None:
    """Do what each of `events` sets off.

    Nothing here is needed for the truth: a broker or Redis that is down is logged, and sweeps
    find the rows that were left behind. Redis is waited for once, not once an event.
    """
    delivered: set[int] = set()
    is_redis_away = False
    for event in events:
        for reaction in REACTIONS.get(type(event), ()):
            if is_redis_away and reaction is not deliver:
                continue
            if reaction is deliver:
                # One delivery takes all that is due to a contact.
                contact_id = event.contact_id  # type: ignore[attr-defined]  # only MessageQueued
                if contact_id in delivered:
                    continue
                delivered.add(contact_id)
            try:
                await reaction(services, org_id, event)
            except RedisError as error:
                is_redis_away = True
                _log.warning("event not told", what=type(event).__name__, reason=str(error))
