"""Whom an account's presence concerns: its subscriptions (RFC 6121 4) and its shared groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, and_, any_, bindparam, exists, select
from sqlmodel import col

from app.core.context import Ctx
from app.core.prepared import Prepared
from app.domain.chat import shared_groups
from app.domain.chat.roster import HALVES, RosterRepository
from app.domain.chat.shared_groups import SharedContact
from app.models.chat import ChatAccount, ChatSharedGroup, RosterItem


@dataclass(frozen=True, slots=True)
class Circle:
    """Who gets the account's presence, whose presence it gets, and who waits for its answer."""

    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    #: The address of who asks, and the request as it came ("" when it was not kept).
    waiting: tuple[tuple[str, str], ...] = ()


#: One row for each entry that presence concerns, and at least one for each account.
_CIRCLES = Prepared(
    select(
        col(ChatAccount.id),
        col(ChatAccount.username),
        col(ChatAccount.domain),
        exists().where(
            col(ChatSharedGroup.domain) == col(ChatAccount.domain),
            col(ChatSharedGroup.organization_id) == col(ChatAccount.organization_id),
        ),
        col(RosterItem.jid),
        col(RosterItem.subscription),
        col(RosterItem.pending_in),
        col(RosterItem.request),
    )
    .outerjoin(
        RosterItem,
        and_(
            col(RosterItem.account_id) == col(ChatAccount.id),
            (col(RosterItem.subscription) != "none") | col(RosterItem.pending_in),
        ),
    )
    .where(
        col(ChatAccount.organization_id) == bindparam("org_id"),
        col(ChatAccount.id) == any_(bindparam("account_ids", type_=ARRAY(BigInteger))),
    )
    .order_by(col(RosterItem.jid))
)

#: Of an entry: address, subscription, whether it waits for an answer, the request.
_Shown = tuple[str, str, bool, str | None]


async def circle_of(ctx: Ctx, account_id: int) -> Circle:
    """Everybody whom the account's presence concerns, shared groups included."""
    rows = await RosterRepository(ctx).of_account(account_id)
    shown = [(row.jid, row.subscription, row.pending_in, row.request) for row in rows]
    return _circle(shown, await shared_groups.contacts_of(ctx, account_id))


async def circles_of(ctx: Ctx, account_ids: Collection[int]) -> dict[int, Circle]:
    """`circle_of` for many accounts: one query, and more only for domains with shared groups."""
    rows = await ctx.fetch(_CIRCLES, org_id=ctx.org_id, account_ids=list(account_ids))
    entries: dict[int, list[_Shown]] = {}
    sharers: dict[str, dict[str, int]] = {}
    for account_id, username, domain, has_groups, jid, subscription, is_pending, request in rows:
        shown = entries.setdefault(account_id, [])
        if jid is not None:
            shown.append((jid, subscription, is_pending, request))
        if has_groups:
            sharers.setdefault(domain, {})[username] = account_id
    shared: dict[int, dict[str, SharedContact]] = {}
    # An organization has few domains, and fewer that share groups.
    for domain, ids in sharers.items():
        contacts = await shared_groups.contacts_among(ctx, domain, ids)
        shared.update({ids[username]: found for username, found in contacts.items()})
    return {id_: _circle(shown, shared.get(id_, {})) for id_, shown in entries.items()}


def _circle(entries: Iterable[_Shown], shared: Mapping[str, SharedContact]) -> Circle:
    mine, theirs, waiting = set(), set(), []
    for jid, subscription, is_pending, request in entries:
        has_to, has_from = HALVES[subscription]
        if has_from:
            mine.add(jid)
        if has_to:
            theirs.add(jid)
        if is_pending:
            waiting.append((jid, request or ""))
    mine |= {jid for jid, contact in shared.items() if contact.sees}
    theirs |= {jid for jid, contact in shared.items() if contact.is_seen}
    return Circle(tuple(sorted(mine)), tuple(sorted(theirs)), tuple(waiting))
