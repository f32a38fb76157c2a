"""SQL of rooms, affiliations, nicks and what was said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.repository import Repository
from app.models import Contact, ContactGroup, Group
from app.models.chat import (
    ChatAccount,
    ChatRoom,
    ChatRoomAffiliation,
    ChatRoomArchive,
    ChatRoomNick,
    ChatRoomSubscriber,
)


class RoomRepository(Repository[ChatRoom]):
    """Rooms by address."""

    model = ChatRoom
    resource = "Chat.Room"

    async def by_jid(self, jid: str) -> ChatRoom | None:
        """The organization's room with that address."""
        return (
            await self.ctx.session.scalars(self.query().where(col(ChatRoom.jid) == jid))
        ).first()

    async def make(self, values: dict[str, Any]) -> bool:
        """The row is inserted; False when the address is taken, by whichever organization."""
        statement = insert(ChatRoom).values(values).on_conflict_do_nothing()
        made = await self.ctx.session.scalar(statement.returning(col(ChatRoom.id)))
        return made is not None

    async def page(
        self, clauses: Sequence[ColumnElement[bool]], limit: int, offset: int = 0
    ) -> Sequence[ChatRoom]:
        """Rooms by address."""
        statement = self.query().where(*clauses).order_by(col(ChatRoom.jid))
        return (await self.ctx.session.scalars(statement.limit(limit).offset(offset))).all()

    async def next_epoch(self, room_id: int) -> int:
        """The room has a new owner; what an earlier one still writes is refused."""
        statement = update(ChatRoom).where(
            col(ChatRoom.id) == room_id, col(ChatRoom.organization_id) == self.ctx.org_id
        )
        raised = statement.values(epoch=col(ChatRoom.epoch) + 1, last_used_at=self.ctx.clock.now())
        return await self.ctx.session.scalar(raised.returning(col(ChatRoom.epoch))) or 0

    async def epochs(self, room_ids: set[int]) -> dict[int, int]:
        """Which ownership is in force; it stays so until the unit of work ends."""
        statement = (
            select(col(ChatRoom.id), col(ChatRoom.epoch))
            .where(col(ChatRoom.id).in_(room_ids), col(ChatRoom.organization_id) == self.ctx.org_id)
            .order_by(col(ChatRoom.id))
            .with_for_update(read=True)
        )
        return {int(id_): int(epoch) for id_, epoch in await self.ctx.session.execute(statement)}

    async def of_groups(self, group_ids: Sequence[int]) -> Sequence[ChatRoom]:
        """The groups' rooms, held until the unit of work ends: who follows at once, waits."""
        statement = self.query().where(
            col(ChatRoom.group_id).in_(group_ids), col(ChatRoom.kind) == "muc"
        )
        held = statement.order_by(col(ChatRoom.id)).with_for_update()
        return (await self.ctx.session.scalars(held)).all()

    async def of_contact(self, contact_id: int) -> Sequence[int]:
        """The contact's groups that have a room."""
        statement = (
            select(col(ChatRoom.group_id))
            .join(ContactGroup, col(ContactGroup.group_id) == col(ChatRoom.group_id))
            .where(
                col(ContactGroup.contact_id) == contact_id,
                col(ChatRoom.organization_id) == self.ctx.org_id,
                col(ChatRoom.kind) == "muc",
            )
            .distinct()
        )
        return [id_ for id_ in await self.ctx.session.scalars(statement) if id_ is not None]

    async def unused(self, service: str, before: datetime, limit: int) -> Sequence[ChatRoom]:
        """Rooms of a domain in which nothing was said and nobody entered since `before`."""
        spoken = (
            select(ChatRoomArchive.id)
            .where(
                col(ChatRoomArchive.room_id) == col(ChatRoom.id),
                col(ChatRoomArchive.sent_at) >= before,
            )
            .exists()
        )
        used = or_(col(ChatRoom.last_used_at) >= before, col(ChatRoom.inserted_at) >= before)
        clauses = [of_service(service), func.coalesce(used, False).is_(False), ~spoken]
        return await self.page(clauses, limit)

    async def silent(self, service: str, limit: int) -> Sequence[ChatRoom]:
        """Rooms of a domain of whose messages the archive has none."""
        said = select(ChatRoomArchive.id).where(col(ChatRoomArchive.room_id) == col(ChatRoom.id))
        clauses = [of_service(service), col(ChatRoom.kind) == "muc", ~said.exists()]
        return await self.page(clauses, limit)


def of_service(service: str) -> ColumnElement[bool]:
    """Rooms whose addresses are at the domain."""
    return col(ChatRoom.jid).endswith(f"@{service}", autoescape=True)


class AffiliationRepository(Repository[ChatRoomAffiliation]):
    """Who is what in which room."""

    model = ChatRoomAffiliation
    resource = "Chat.RoomAffiliation"

    async def of_room(self, room_id: int) -> Sequence[ChatRoomAffiliation]:
        """Everybody's, by address."""
        statement = self.query().where(col(ChatRoomAffiliation.room_id) == room_id)
        ordered = statement.order_by(col(ChatRoomAffiliation.jid))
        return (await self.ctx.session.scalars(ordered)).all()

    async def set_many(self, room_id: int, changes: Mapping[str, tuple[str, str]]) -> None:
        """Address -> affiliation and reason; "none" leaves no row. Two statements."""
        gone = [jid for jid, (affiliation, _) in changes.items() if affiliation == "none"]
        if gone:
            await self.ctx.session.execute(
                delete(ChatRoomAffiliation).where(
                    col(ChatRoomAffiliation.room_id) == room_id,
                    col(ChatRoomAffiliation.organization_id) == self.ctx.org_id,
                    col(ChatRoomAffiliation.jid).in_(gone),
                )
            )
        now = self.ctx.clock.now()
        rows = [
            {
                "organization_id": self.ctx.org_id,
                "room_id": room_id,
                "jid": jid,
                "affiliation": affiliation,
                "reason": reason,
                "inserted_at": now,
                "updated_at": now,
            }
            for jid, (affiliation, reason) in sorted(changes.items())
            if affiliation != "none"
        ]
        if not rows:
            return
        statement = insert(ChatRoomAffiliation).values(rows)
        await self.ctx.session.execute(
            statement.on_conflict_do_update(
                constraint="uq_chat_room_affiliations_jid",
                set_={
                    "affiliation": statement.excluded.affiliation,
                    "reason": statement.excluded.reason,
                    "updated_at": now,
                },
            )
        )

    async def rooms_of(
        self, jid: str, affiliations: Sequence[str], kind: str, limit: int
    ) -> Sequence[ChatRoom]:
        """The rooms in which the address has one of these affiliations."""
        statement = (
            select(ChatRoom)
            .join(ChatRoomAffiliation, col(ChatRoomAffiliation.room_id) == col(ChatRoom.id))
            .where(
                col(ChatRoom.organization_id) == self.ctx.org_id,
                col(ChatRoom.kind) == kind,
                col(ChatRoomAffiliation.jid) == jid,
                col(ChatRoomAffiliation.affiliation).in_(affiliations),
            )
            .order_by(col(ChatRoom.jid))
            .limit(limit)
        )
        return (await self.ctx.session.scalars(statement)).all()


class NickRepository(Repository[ChatRoomNick]):
    """Nicks that are somebody's (XEP-0045 7.10)."""

    model = ChatRoomNick
    resource = "Chat.RoomNick"

    async def at(self, *places: str) -> Sequence[ChatRoomNick]:
        """Every registered nick of a room or a service."""
        statement = self.query().where(col(ChatRoomNick.place).in_(places))
        return (await self.ctx.session.scalars(statement.order_by(col(ChatRoomNick.id)))).all()

    async def holders(
        self, place: str, service: str, nicks: Collection[str]
    ) -> list[tuple[str, str]]:
        """Whose the nicks are in a room or in all rooms of its service: nick and address."""
        statement = self.query().where(
            col(ChatRoomNick.place).in_((place, service)), col(ChatRoomNick.nick).in_(nicks)
        )
        return [(row.nick, row.jid) for row in await self.ctx.session.scalars(statement)]

    async def forget(self, place: str, *jids: str) -> bool:
        """The addresses have no nick there; whether any had one."""
        gone = await self.ctx.session.execute(
            delete(ChatRoomNick)
            .where(
                col(ChatRoomNick.place) == place,
                col(ChatRoomNick.jid).in_(jids),
                col(ChatRoomNick.organization_id) == self.ctx.org_id,
            )
            .returning(col(ChatRoomNick.id))
        )
        return gone.first() is not None

    async def put(self, place: str, jid: str, nick: str, room_id: int | None) -> bool:
        """The nick is the address's; False when it is somebody else's."""
        await self.forget(place, jid)
        now = self.ctx.clock.now()
        row = {
            "organization_id": self.ctx.org_id,
            "place": place,
            "jid": jid,
            "nick": nick,
            "room_id": room_id,
            "inserted_at": now,
            "updated_at": now,
        }
        statement = insert(ChatRoomNick).values(row).on_conflict_do_nothing()
        made = await self.ctx.session.scalar(statement.returning(col(ChatRoomNick.id)))
        return made is not None


class SubscriberRepository(Repository[ChatRoomSubscriber]):
    """MUC/Sub: who hears of a room without being in it."""

    model = ChatRoomSubscriber
    resource = "Chat.RoomSubscriber"

    async def of_room(self, room_id: int) -> Sequence[ChatRoomSubscriber]:
        """The room's subscribers, by address."""
        statement = self.query().where(col(ChatRoomSubscriber.room_id) == room_id)
        ordered = statement.order_by(col(ChatRoomSubscriber.jid))
        return (await self.ctx.session.scalars(ordered)).all()

    async def of_rooms(self, room_ids: Sequence[int]) -> Sequence[ChatRoomSubscriber]:
        """The subscribers of several rooms."""
        statement = self.query().where(col(ChatRoomSubscriber.room_id).in_(room_ids))
        return (await self.ctx.session.scalars(statement)).all()

    async def holders(self, room_id: int, nicks: Collection[str]) -> list[tuple[str, str]]:
        """Who subscribes to the room by one of the nicks: nick and address."""
        statement = self.query().where(
            col(ChatRoomSubscriber.room_id) == room_id, col(ChatRoomSubscriber.nick).in_(nicks)
        )
        return [(row.nick, row.jid) for row in await self.ctx.session.scalars(statement)]

    async def count_of(self, room_id: int) -> int:
        """How many subscribers the room has."""
        return await self.count([col(ChatRoomSubscriber.room_id) == room_id])

    async def of_account(self, jid: str, limit: int) -> Sequence[tuple[ChatRoomSubscriber, str]]:
        """The address's subscriptions and the rooms' addresses."""
        statement = (
            select(ChatRoomSubscriber, ChatRoom.jid)
            .join(ChatRoom, col(ChatRoom.id) == col(ChatRoomSubscriber.room_id))
            .where(
                col(ChatRoomSubscriber.organization_id) == self.ctx.org_id,
                col(ChatRoomSubscriber.jid) == jid,
            )
            .order_by(col(ChatRoom.jid))
            .limit(limit)
        )
        return [(row, str(room)) for row, room in await self.ctx.session.execute(statement)]

    async def put_many(self, room_id: int, rows: Sequence[tuple[str, str, list[str]]]) -> None:
        """Address, nick and nodes of each; one who is a subscriber already is changed."""
        now = self.ctx.clock.now()
        values = [
            {
                "organization_id": self.ctx.org_id,
                "room_id": room_id,
                "jid": jid,
                "nick": nick,
                "nodes": nodes,
                "inserted_at": now,
                "updated_at": now,
            }
            for jid, nick, nodes in rows
        ]
        statement = insert(ChatRoomSubscriber).values(values)
        await self.ctx.session.execute(
            statement.on_conflict_do_update(
                constraint="uq_chat_room_subscribers_jid",
                set_={"nick": statement.excluded.nick, "nodes": statement.excluded.nodes},
            )
        )

    async def forget(self, room_id: int, *jids: str) -> bool:
        """The addresses are no subscribers; whether any was one."""
        gone = await self.ctx.session.execute(
            delete(ChatRoomSubscriber)
            .where(
                col(ChatRoomSubscriber.room_id) == room_id,
                col(ChatRoomSubscriber.jid).in_(jids),
                col(ChatRoomSubscriber.organization_id) == self.ctx.org_id,
            )
            .returning(col(ChatRoomSubscriber.id))
        )
        return gone.first() is not None


async def group_named(repository: RoomRepository, uuid: str) -> Group | None:
    """The organization's contact group of that uuid."""
    statement = select(Group).where(
        col(Group.organization_id) == repository.ctx.org_id, col(Group.uuid) == uuid
    )
    return (await repository.ctx.session.scalars(statement)).first()


async def people_of_group(
    repository: RoomRepository, group_id: int, domain: str, at_most: int
) -> list[str]:
    """The addresses of a group's contacts: of their accounts, or those that they will have.

    A contact without an account gets one by his phone when he first comes. Blocked ones are left
    out.
    """
    statement = (
        select(col(Contact.phone), col(ChatAccount.username), col(ChatAccount.domain))
        .join(ContactGroup, col(ContactGroup.contact_id) == col(Contact.id))
        .outerjoin(ChatAccount, col(ChatAccount.contact_id) == col(Contact.id))
        .where(
            col(Contact.organization_id) == repository.ctx.org_id,
            col(ContactGroup.group_id) == group_id,
            col(Contact.status) != "blocked",
        )
        .order_by(col(Contact.id))
        .limit(at_most)
    )
    rows = await repository.ctx.session.execute(statement)
    return [f"{username or phone}@{host or domain}" for phone, username, host in rows]
