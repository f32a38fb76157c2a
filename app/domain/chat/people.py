"""What a gateway must know of an account before it routes a stanza to or from it, in one query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, exists, select
from sqlmodel import col

from app.core.context import Ctx
from app.domain.chat.privacy import Item, RosterPart, read_items
from app.models.chat import (
    ChatAccount,
    ChatArchivePreference,
    ChatDomain,
    ChatPrivacyList,
    ChatPushSession,
    ChatVcard,
    RosterItem,
)

#: Rules that ask who stands in the roster.
_ASKS_ROSTER: Final = frozenset({"group", "subscription"})


# Made once: it runs for every message, and to put it together takes longer than to run it.
_PERSON = (
    select(
        col(ChatAccount.id),
        col(ChatVcard.photo_sha1),
        exists().where(col(ChatPushSession.account_id) == col(ChatAccount.id)),
        col(ChatPrivacyList.items),
        col(ChatArchivePreference.policy),
        col(ChatArchivePreference.always),
        col(ChatArchivePreference.never),
        col(ChatDomain.settings),
    )
    .outerjoin(ChatDomain, col(ChatDomain.name) == col(ChatAccount.domain))
    .outerjoin(ChatVcard, col(ChatVcard.account_id) == col(ChatAccount.id))
    .outerjoin(ChatArchivePreference, col(ChatArchivePreference.account_id) == col(ChatAccount.id))
    .outerjoin(
        ChatPrivacyList,
        (col(ChatPrivacyList.account_id) == col(ChatAccount.id)) & col(ChatPrivacyList.is_default),
    )
    .where(
        col(ChatAccount.organization_id) == bindparam("org_id"),
        col(ChatAccount.username) == bindparam("username"),
        col(ChatAccount.domain) == bindparam("domain"),
        ~col(ChatAccount.is_disabled),
    )
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
    #: What the account's domain says: whether there is an archive, how many messages wait at most.
    has_archive: bool = True
    offline_messages: int | None = None

    def archives(self, peer: str) -> bool:
        """XEP-0441: whether messages with this bare address are kept for the account."""
        if peer in self.never or not self.has_archive:
            return False
        if peer in self.always or self.policy == "always":
            return True
        return self.policy == "roster" and peer in self.roster


async def find_person(ctx: Ctx, username: str, domain: str) -> Person | None:
    """The account as routing needs it; absent and disabled ones are None."""
    of = {"org_id": ctx.org_id, "username": username, "domain": domain}
    found = (await ctx.session.execute(_PERSON, of)).first()
    if found is None:
        return None
    account_id, photo, pushes, stored, policy, always, never, domain_says = found
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
        (domain_says or {}).get("archive", True),
        (domain_says or {}).get("offline_messages"),
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
