"""What a gateway must know of an account before it routes a stanza to or from it, in one query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import exists, select
from sqlmodel import col

from app.core.context import Ctx
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

    def archives(self, peer: str) -> bool:
        """XEP-0441: whether messages with this bare address are kept for the account."""
        if peer in self.never:
            return False
        if peer in self.always or self.policy == "always":
            return True
        return self.policy == "roster" and peer in self.roster


async def find_person(ctx: Ctx, username: str, domain: str) -> Person | None:
    """The account as routing needs it; absent and disabled ones are None."""
    has_push = exists().where(col(ChatPushSession.account_id) == col(ChatAccount.id))
    own = col(ChatAccount.id)
    preference, vcard, default = ChatArchivePreference, ChatVcard, ChatPrivacyList
    statement = (
        select(
            own,
            col(vcard.photo_sha1),
            has_push,
            col(default.items),
            col(preference.policy),
            col(preference.always),
            col(preference.never),
        )
        .outerjoin(vcard, col(vcard.account_id) == own)
        .outerjoin(preference, col(preference.account_id) == own)
        .outerjoin(default, (col(default.account_id) == own) & col(default.is_default))
        .where(
            col(ChatAccount.organization_id) == ctx.org_id,
            col(ChatAccount.username) == username,
            col(ChatAccount.domain) == domain,
            ~col(ChatAccount.is_disabled),
        )
    )
    found = (await ctx.session.execute(statement)).first()
    if found is None:
        return None
    account_id, photo, pushes, stored, policy, always, never = found
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
