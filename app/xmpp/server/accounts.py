"""Login's accounts, from the domain.

What is asked while a query is under way is asked together by the next one: a crowd that comes back
shares a few queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.services import Services
from app.core.uow import quick_work
from app.domain.chat import accounts, bans
from app.models.chat import ChatAccount
from app.protocol.jid import Jid
from app.xmpp.group_commit import GroupCommit
from app.xmpp.server.login import Account, Identity
from app.xmpp.server.orgs import Orgs


class DomainAccounts:
    """Accounts of every organization that is served."""

    def __init__(self, services: Services, orgs: Orgs) -> None:
        self._services = services
        self._orgs = orgs
        self._reads: GroupCommit[Jid, Mapping[Jid, ChatAccount]] = GroupCommit(self._read)

    async def find(self, bare: Jid) -> Account | None:
        """The account; None for one that is absent or removed, or whose domain is off."""
        org_id = self._orgs.org_of_domain(bare.domain)
        if org_id is None:
            return None
        row = (await self._reads.add(org_id, [bare])).get(bare)
        if row is None:
            return None
        identity = Identity(bare, row.organization_id, row.id, row.contact_id)
        ban = bans.ban_of(row, self._services.clock.now())
        return Account(identity, accounts.keys_of(row), bans.sentence(ban) if ban else "")

    async def _read(self, org_id: int, bares: Sequence[Jid]) -> Mapping[Jid, ChatAccount]:
        async with quick_work(self._services, org_id=org_id) as ctx:
            return await accounts.find_accounts(ctx, bares)
