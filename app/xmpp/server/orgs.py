"""Which domains and organizations' addresses are ours: a copy of a small table, read again now and then."""

from __future__ import annotations

from typing import Final

from sqlmodel import col, select

from app.core.services import Services
from app.models.organization import Organization
from app.protocol.jid import Jid, prepare_domain

#: Seconds between two readings.
REFRESH_S: Final = 15.0


class Orgs:
    """Each organization's domain, and its own address there: `shortcode@domain`."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._default = prepare_domain(services.config.chat_domain)
        self._by_address: dict[Jid, int] = {}
        self._by_domain: dict[str, int] = {}

    async def refresh(self) -> None:
        """The copy is as the table."""
        async with self._services.db.reading() as session:
            rows = await session.execute(
                select(
                    col(Organization.id), col(Organization.shortcode), col(Organization.chat_domain)
                )
                .where(col(Organization.is_active))
                .order_by(col(Organization.id))
            )
            # An organization without a domain of its own is reached at the installation's.
            found = [
                (address, org_id or 0)
                for org_id, shortcode, domain in rows
                if (address := Jid.find(f"{shortcode}@{domain or self._default}"))
            ]
        self._by_address = dict(found)
        self._by_domain = {address.domain: org_id for address, org_id in reversed(found)}

    def org_of(self, address: Jid) -> int | None:
        """The organization whose address this is, whatever the resource."""
        return self._by_address.get(address.bare)

    def org_of_domain(self, domain: str) -> int | None:
        """The organization whose people have their accounts at the domain."""
        return self._by_domain.get(domain)

    def serves(self, domain: str) -> bool:
        """Whether addresses of the domain are ours."""
        return domain == self._default or domain in self._by_domain
