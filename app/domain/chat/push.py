"""Push sessions (XEP-0357): where an account wants to be told that something came while it was away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.context import Ctx
from app.core.errors import TooMany
from app.core.http import OutgoingError
from app.core.repository import Repository
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat.events import AccountChanged
from app.models.chat import ChatAccount, ChatPushSession, ChatSpool
from app.protocol.element import child_text
from app.protocol.xmlio import parse

MAX_SESSIONS: Final = 20
TIMEOUT_S: Final = 5.0
#: Characters of a message that are told.
MAX_BODY: Final = 200
#: What a push service answers for a phone that is no longer there.
GONE: Final = frozenset({404, 410})
#: What it answers when it wants to be asked later.
BUSY: Final = frozenset({408, 425, 429})
#: How often a session is tried, and seconds until the second time; each pause is twice the last.
ATTEMPTS: Final = 3
RETRY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """One push session, as it is told."""

    id: int
    service: str
    node: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """What push services are told: 5.1's summary."""

    account: str
    message_count: int
    sender: str
    body: str


class PushRepository(Repository[ChatPushSession]):
    """Push sessions by account."""

    model = ChatPushSession
    resource = "Chat.PushSession"

    async def of_account(self, account_id: int) -> Sequence[ChatPushSession]:
        """Every push session of the account, oldest first."""
        statement = self.query().where(col(ChatPushSession.account_id) == account_id)
        return (await self.ctx.session.scalars(statement.order_by(col(ChatPushSession.id)))).all()


async def enable(
    ctx: Ctx, account_id: int, service: str, node: str, resource: str, options: Mapping[str, Any]
) -> None:
    """5: the place is told from now on. Raises TooMany. Emits AccountChanged."""
    had = await PushRepository(ctx).of_account(account_id)
    is_known = any((row.service, row.node) == (service, node) for row in had)
    if len(had) >= MAX_SESSIONS and not is_known:
        raise TooMany(f"An account has at most {MAX_SESSIONS} push sessions.")
    now = ctx.clock.now()
    values = {"resource": resource, "options": dict(options), "updated_at": now}
    made = insert(ChatPushSession).values(
        organization_id=ctx.org_id,
        account_id=account_id,
        service=service,
        node=node,
        inserted_at=now,
        **values,
    )
    await ctx.session.execute(
        made.on_conflict_do_update(constraint="uq_chat_push_sessions_node", set_=values)
    )
    await _tell_changed(ctx, account_id)


async def disable(ctx: Ctx, account_id: int, service: str, node: str | None) -> None:
    """6: the place, or without a node all of the service, is told no more. Emits AccountChanged."""
    statement = delete(ChatPushSession).where(
        col(ChatPushSession.organization_id) == ctx.org_id,
        col(ChatPushSession.account_id) == account_id,
        col(ChatPushSession.service) == service,
    )
    if node is not None:
        statement = statement.where(col(ChatPushSession.node) == node)
    await ctx.session.execute(statement)
    await _tell_changed(ctx, account_id)


async def tell_push_services(
    services: Services, account_id: int, attempt: int = 1, only: Sequence[int] = ()
) -> int:
    """Each push session of the account has been told over HTTP; how many were.

    One POST each to PUSH_ENDPOINT, all at a time. A session that the endpoint says is gone is
    forgotten. Those that it could not be told of are tried again by another job, ATTEMPTS times in
    all, if something still waits for the account then; `only` are the sessions of such a job.
    """
    endpoint = services.config.push_endpoint
    org_id = await _org_of(services, account_id)
    if not endpoint or org_id is None:
        return 0
    async with unit_of_work(services, org_id=org_id) as ctx:
        rows = await PushRepository(ctx).of_account(account_id)
        notice = await _notice(ctx, account_id)
        places = [Place(row.id, row.service, row.node, dict(row.options)) for row in rows]
    if notice is None:
        return 0
    asked = [place for place in places if not only or place.id in only]
    bodies = [_body(services, notice, place) for place in asked]
    statuses = await asyncio.gather(*(_post(services, endpoint, body) for body in bodies))
    answers = list(zip(asked, statuses, strict=True))
    await _forget(services, org_id, account_id, [p for p, status in answers if status in GONE])
    left = [place.id for place, status in answers if _is_passing(status)]
    if left and attempt < ATTEMPTS:
        pause_s = RETRY_S * 2 ** (attempt - 1)
        await services.jobs.send("push.tell", account_id, attempt + 1, left, after_s=pause_s)
    return sum(200 <= status < 300 for status in statuses)


def _is_passing(status: int) -> bool:
    """Whether it may go better next time: nobody answered, too much to do, or a fault of theirs."""
    return status == 0 or status in BUSY or status >= 500


async def _forget(
    services: Services, org_id: int, account_id: int, places: Sequence[Place]
) -> None:
    if not places:
        return
    gone = delete(ChatPushSession).where(
        col(ChatPushSession.organization_id) == org_id,
        col(ChatPushSession.id).in_([place.id for place in places]),
    )
    async with unit_of_work(services, org_id=org_id) as ctx:
        await ctx.session.execute(gone)
        await _tell_changed(ctx, account_id)


def _body(services: Services, notice: Notice, place: Place) -> bytes:
    summary: dict[str, Any] = {"message_count": notice.message_count}
    if services.config.push_with_body:
        summary |= {"last_message_sender": notice.sender, "last_message_body": notice.body}
    told = {"service": place.service, "node": place.node, "options": place.options}
    return orjson.dumps({"account": notice.account} | told | summary)


async def _post(services: Services, endpoint: str, body: bytes) -> int:
    """The status, 0 when nobody answered."""
    headers = {"content-type": "application/json"}
    try:
        answer = await services.http.request(
            "POST", endpoint, headers=headers, body=body, timeout_s=TIMEOUT_S
        )
    except OutgoingError:
        return 0
    return answer.status


async def _notice(ctx: Ctx, account_id: int) -> Notice | None:
    """What waits for the account; None when nothing does any more."""
    account = await ctx.session.get(ChatAccount, account_id)
    mine = (
        col(ChatSpool.account_id) == account_id,
        col(ChatSpool.organization_id) == ctx.org_id,
    )
    count = await ctx.session.scalar(select(func.count()).select_from(ChatSpool).where(*mine))
    newest = select(ChatSpool).where(*mine).order_by(col(ChatSpool.id).desc()).limit(1)
    row = (await ctx.session.scalars(newest)).first()
    if account is None or row is None:
        return None
    stanza = parse(row.stanza)
    body = (child_text(stanza, "body") or "")[:MAX_BODY]
    address = f"{account.username}@{account.domain}"
    return Notice(address, int(count or 0), stanza.get("from", "").partition("/")[0], body)


async def _org_of(services: Services, account_id: int) -> int | None:
    async with services.db.reading() as session:
        account = await session.get(ChatAccount, account_id)
    return account.organization_id if account is not None else None


async def _tell_changed(ctx: Ctx, account_id: int) -> None:
    account = await ctx.session.get(ChatAccount, account_id)
    if account is not None:
        ctx.emit(AccountChanged(f"{account.username}@{account.domain}"))
