"""What a gateway must know of an account before it routes a stanza to or from it, in one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import bindparam, exists, select
from sqlmodel import col

from app.core.context import Ctx
from app.core.prepared import Prepared
from app.domain.chat.privacy import Item, RosterPart, read_items
from app.models.chat import (
    ChatAccount,
    ChatArchivePreference,
    ChatPrivacyList,
    ChatPushSession,
    ChatVcard,
    RosterItem,
)

#: Rules that ask who stands in the roster.
_ASKS_ROSTER: Final = frozenset({"group", "subscription"})


# Made once: it runs for every message, and to put it together takes longer than to run it.
_PEOPLE = (
    select(
        col(ChatAccount.id),
        col(ChatVcard.photo_sha1),
        exists().where(col(ChatPushSession.account_id) == col(ChatAccount.id)),
        col(ChatPrivacyList.items),
        col(ChatArchivePreference.policy),
        col(ChatArchivePreference.always),
        col(ChatArchivePreference.never),
        col(ChatAccount.username),
        col(ChatAccount.domain),
    )
    .outerjoin(ChatVcard, col(ChatVcard.account_id) == col(ChatAccount.id))
    .outerjoin(ChatArchivePreference, col(ChatArchivePreference.account_id) == col(ChatAccount.id))
    .outerjoin(
        ChatPrivacyList,
        (col(ChatPrivacyList.account_id) == col(ChatAccount.id)) & col(ChatPrivacyList.is_default),
    )
    .where(col(ChatAccount.organization_id) == bindparam("org_id"), ~col(ChatAccount.is_disabled))
)
_PERSON = Prepared(
    _PEOPLE.where(
        col(ChatAccount.username) == bindparam("username"),
        col(ChatAccount.domain) == bindparam("domain"),
    )
)
_OF_CONTACT = Prepared(
    _PEOPLE.where(col(ChatAccount.contact_id) == bindparam("contact_id"))
    .order_by(col(ChatAccount.id))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Person:
    """One account, as far as routing is concerned."""

    account_id: int
    org_id: int
    photo_sha1: str = ""
    has_push: bool = False
    #: The default privacy list (XEP-0016).
    items: tuple[Item, ...] = ()
    #: XEP-0441: always, never or roster, with exceptions by bare address.
    policy: str = "always"
    always: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    #: Filled only where a rule or the policy asks who stands in the roster.
    roster: RosterPart = field(default_factory=dict)
    username: str = ""
    domain: str = ""

    def archives(self, peer: str) -> bool:
        """XEP-0441: whether messages with this bare address are kept for the account."""
        if peer in self.never:
            return False
        if peer in self.always or self.policy == "always":
            return True
        return self.policy == "roster" and peer in self.roster


async def find_person(ctx: Ctx, username: str, domain: str) -> Person | None:
    """The account as routing needs it; absent and disabled ones are None."""
    of = {"org_id": ctx.org_id, "username": username, "domain": domain}
    return await _first(ctx, await ctx.fetch(_PERSON, **of))


async def find_person_of(ctx: Ctx, contact_id: int) -> Person | None:
    """The account by which a contact is reached, the oldest that is not disabled."""
    return await _first(ctx, await ctx.fetch(_OF_CONTACT, org_id=ctx.org_id, contact_id=contact_id))


async def _first(ctx: Ctx, rows: Sequence[tuple[Any, ...]]) -> Person | None:
    if not rows:
        return None
    account_id, photo, pushes, stored, policy, always, never, username, domain = rows[0]
    items = read_items(stored)
    asks = policy == "roster" or any(item.type in _ASKS_ROSTER for item in items)
    return Person(
        account_id,
        ctx.org_id,
        photo or "",
        bool(pushes),
        items,
        policy or "always",
        frozenset(always or ()),
        frozenset(never or ()),
        await _roster_part(ctx, account_id) if asks else {},
        username,
        domain,
    )


async def _roster_part(ctx: Ctx, account_id: int) -> RosterPart:
    statement = select(
        col(RosterItem.jid), col(RosterItem.subscription), col(RosterItem.groups)
    ).where(
        col(RosterItem.organization_id) == ctx.org_id,
        col(RosterItem.account_id) == account_id,
        col(RosterItem.is_listed),
    )
    rows = await ctx.session.execute(statement)
    return {jid: (subscription, tuple(groups)) for jid, subscription, groups in rows}
