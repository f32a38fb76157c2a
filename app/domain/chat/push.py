"""Push sessions (XEP-0357): where an account wants to be told that something came while it was away."""

from __future__ import annotations

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
from app.domain.chat import inbox
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


async def tell_push_services(services: Services, account_id: int) -> int:
    """Each push session of the account has been told over HTTP; how many were.

    One POST each to PUSH_ENDPOINT. A session that the endpoint says is gone is forgotten.
    """
    endpoint = services.config.push_endpoint
    org_id = await _org_of(services, account_id)
    if not endpoint or org_id is None:
        return 0
    async with unit_of_work(services, org_id=org_id) as ctx:
        rows = await PushRepository(ctx).of_account(account_id)
        notice = await find_notice(ctx, account_id)
        places = [(row.service, row.node, dict(row.options)) for row in rows]
    if notice is None:
        return 0
    told = 0
    for service, node, options in places:
        status = await _post(services, endpoint, _body(services, notice, service, node, options))
        told += 200 <= status < 300
        if status in GONE:
            async with unit_of_work(services, org_id=org_id) as ctx:
                await disable(ctx, account_id, service, node)
    return told


def _body(
    services: Services, notice: Notice, service: str, node: str, options: Mapping[str, Any]
) -> bytes:
    summary: dict[str, Any] = {"message_count": notice.message_count}
    if services.config.push_with_body:
        summary |= {"last_message_sender": notice.sender, "last_message_body": notice.body}
    place = {"account": notice.account, "service": service, "node": node, "options": options}
    return orjson.dumps(place | summary)


async def _post(services: Services, endpoint: str, body: bytes) -> int:
    """The status, 0 when nobody answered: the next message will tell as well."""
    headers = {"content-type": "application/json"}
    try:
        answer = await services.http.request(
            "POST", endpoint, headers=headers, body=body, timeout_s=TIMEOUT_S
        )
    except OutgoingError:
        return 0
    return answer.status


async def find_notice(ctx: Ctx, account_id: int) -> Notice | None:
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
    if await inbox.is_muted(ctx, account_id, stanza.get("from", "").partition("/")[0]):
        return None
    body = (child_text(stanza, "body") or "")[:MAX_BODY]
    address = f"{account.username}@{account.domain}"
    return Notice(address, int(count or 0), stanza.get("from", "").partition("/")[0], body)


async def _org_of(services: Services, account_id: int) -> int | None:
    async with services.db.session() as session:
        account = await session.get(ChatAccount, account_id)
    return account.organization_id if account is not None else None


async def _tell_changed(ctx: Ctx, account_id: int) -> None:
    account = await ctx.session.get(ChatAccount, account_id)
    if account is not None:
        ctx.emit(AccountChanged(f"{account.username}@{account.domain}"))
