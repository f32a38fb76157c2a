"""An organization with its two languages and its own contact: what everything else stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from app.core.services import Services
from app.domain.contacts.simulators import simulators_of
from app.models.contact import Contact
from app.models.language import Language
from app.models.organization import Organization

LANGUAGES = (("English", "en", "English"), ("Hindi", "hi", "हिन्दी"))


@dataclass(frozen=True, slots=True)
class Charter:
    """What an organization is founded with. `phone` is that of its own contact."""

    name: str
    shortcode: str
    chat_domain: str
    phone: str
    signature_phrase: str
    email: str | None = None
    #: Values that flows read as `@global.name`.
    global_values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Base:
    """The ids that every other row of an organization refers to."""

    org_id: int
    own_contact_id: int
    english_id: int
    hindi_id: int


async def found_organization(services: Services, charter: Charter) -> Base:
    """The organization with the charter's shortcode is there, as it was if it was there before."""
    async with services.db.session() as session, session.begin():
        english, hindi = await _languages(session)
        org = await session.scalar(
            select(Organization).where(col(Organization.shortcode) == charter.shortcode)
        )
        if org is None:
            org = await _found(session, services, charter, english, hindi)
        return Base(org.id or 0, org.contact_id or 0, english, hindi)


async def _languages(session: AsyncSession) -> tuple[int, int]:
    known = {row.locale: row for row in (await session.scalars(select(Language).limit(200))).all()}
    for label, locale, own_label in LANGUAGES:
        if locale not in known:
            known[locale] = Language(
                label=label, locale=locale, label_locale=own_label, is_reserved=True, localized=True
            )
            session.add(known[locale])
    await session.flush()
    return known["en"].id or 0, known["hi"].id or 0


async def _found(
    session: AsyncSession, services: Services, charter: Charter, english: int, hindi: int
) -> Organization:
    org = Organization(
        name=charter.name,
        shortcode=charter.shortcode,
        email=charter.email,
        chat_domain=charter.chat_domain,
        default_language_id=english,
        active_language_ids=[english, hindi],
        timezone="Asia/Kolkata",
        signature_phrase=charter.signature_phrase,
        fields=dict(charter.global_values),
    )
    session.add(org)
    await session.flush()
    own = Contact(
        organization_id=org.id or 0,
        uuid=str(services.ids.uuid4()),
        name=org.name,
        phone=charter.phone,
        language_id=english,
    )
    session.add_all([own, *simulators_of(services, org)])
    await session.flush()
    org.contact_id = own.id
    return org
