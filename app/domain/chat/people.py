"""What a gateway must know of accounts before it routes a stanza to or from them, in one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, String, any_, bindparam, exists, select
from sqlmodel import col

from app.core.context import Ctx
from app.core.prepared import Prepared
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
from app.protocol.jid import Jid

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
        col(ChatDomain.settings),
    )
    .outerjoin(ChatDomain, col(ChatDomain.name) == col(ChatAccount.domain))
    .outerjoin(ChatVcard, col(ChatVcard.account_id) == col(ChatAccount.id))
    .outerjoin(ChatArchivePreference, col(ChatArchivePreference.account_id) == col(ChatAccount.id))
    .outerjoin(
        ChatPrivacyList,
        (col(ChatPrivacyList.account_id) == col(ChatAccount.id)) & col(ChatPrivacyList.is_default),
    )
    .where(col(ChatAccount.organization_id) == bindparam("org_id"), ~col(ChatAccount.is_disabled))
)
_NAMED = Prepared(
    _PEOPLE.where(
        col(ChatAccount.username) == any_(bindparam("usernames", type_=ARRAY(String))),
        col(ChatAccount.domain) == any_(bindparam("domains", type_=ARRAY(String))),
    )
)
_OF_CONTACT = Prepared(
    _PEOPLE.where(col(ChatAccount.contact_id) == bindparam("contact_id"))
    .order_by(col(ChatAccount.id))
    .limit(1)
)
_ROSTERS = Prepared(
    select(
        col(RosterItem.account_id),
        col(RosterItem.jid),
        col(RosterItem.subscription),
        col(RosterItem.groups),
    ).where(
        col(RosterItem.organization_id) == bindparam("org_id"),
        col(RosterItem.account_id) == any_(bindparam("account_ids", type_=ARRAY(BigInteger))),
        col(RosterItem.is_listed),
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
    username: str = ""
    domain: str = ""
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
    bare = Jid(username, domain)
    return (await find_people(ctx, [bare])).get(bare)


async def find_people(ctx: Ctx, bares: Collection[Jid]) -> dict[Jid, Person]:
    """Those of the accounts that are there and not disabled, by one query or two."""
    of = {
        "usernames": [bare.local for bare in bares],
        "domains": list({bare.domain for bare in bares}),
    }
    rows = await ctx.fetch(_NAMED, org_id=ctx.org_id, **of)
    people = await _people(ctx, rows)
    return {Jid(person.username, person.domain): person for person in people}


async def find_person_of(ctx: Ctx, contact_id: int) -> Person | None:
    """The account by which a contact is reached, the oldest that is not disabled."""
    rows = await ctx.fetch(_OF_CONTACT, org_id=ctx.org_id, contact_id=contact_id)
    return next(iter(await _people(ctx, rows)), None)


async def _people(ctx: Ctx, rows: Sequence[tuple[Any, ...]]) -> list[Person]:
    people = [_person(ctx.org_id, row) for row in rows]
    asking = [person.account_id for person in people if _asks_roster(person)]
    if not asking:
        return people
    parts = await _roster_parts(ctx, asking)
    return [replace(person, roster=parts.get(person.account_id, {})) for person in people]


def _person(org_id: int, row: tuple[Any, ...]) -> Person:
    account_id, photo, pushes, stored, policy, always, never, username, domain, says = row
    says = says or {}
    return Person(
        account_id,
        org_id,
        photo or "",
        bool(pushes),
        read_items(stored),
        policy or "always",
        frozenset(always or ()),
        frozenset(never or ()),
        username=username,
        domain=domain,
        has_archive=says.get("archive", True),
        offline_messages=says.get("offline_messages"),
    )


def _asks_roster(person: Person) -> bool:
    return person.policy == "roster" or any(item.type in _ASKS_ROSTER for item in person.items)


async def _roster_parts(ctx: Ctx, account_ids: Sequence[int]) -> Mapping[int, RosterPart]:
    parts: dict[int, dict[str, tuple[str, tuple[str, ...]]]] = {}
    rows = await ctx.fetch(_ROSTERS, org_id=ctx.org_id, account_ids=list(account_ids))
    for account_id, jid, subscription, groups in rows:
        parts.setdefault(account_id, {})[jid] = (subscription, tuple(groups))
    return parts
