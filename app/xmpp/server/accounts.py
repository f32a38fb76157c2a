"""Login's accounts, from the domain."""

from __future__ import annotations

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import accounts, bans
from app.protocol.jid import Jid
from app.xmpp.server.login import Account, Identity
from app.xmpp.server.orgs import Orgs


class DomainAccounts:
    """Accounts of every organization that is served."""

    def __init__(self, services: Services, orgs: Orgs) -> None:
        self._services = services
        self._orgs = orgs

    async def find(self, bare: Jid) -> Account | None:
        """The account; None for one that is absent or removed, or whose domain is off."""
        org_id = self._orgs.org_of_domain(bare.domain)
        if org_id is None:
            return None
        async with unit_of_work(self._services, org_id=org_id) as ctx:
            row = await accounts.find_account(ctx, bare.local, bare.domain)
        if row is None:
            return None
        identity = Identity(bare, row.organization_id, row.id, row.contact_id)
        ban = bans.ban_of(row, self._services.clock.now())
        return Account(identity, accounts.keys_of(row), bans.sentence(ban) if ban else "")
