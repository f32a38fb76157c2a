"""Organization and what it holds."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import strawberry

from app.domain.organizations.service import own_contacts
from app.graphql.contacts import loaders
from app.graphql.contacts.batches import batched
from app.graphql.contacts.types import Contact
from app.graphql.context import Info
from app.graphql.languages.types import Language
from app.graphql.payload import InputError
from app.graphql.scalars import Json, read_time
from app.models import Language as LanguageRow
from app.models import Organization as OrganizationRow


@strawberry.type(description="A day of the week; 1 is Monday.")
class EnabledDay:
    id: int
    enabled: bool


@strawberry.type(description="When the office is open, and the flows for when it is not.")
class OutOfOffice:
    enabled: bool
    start_time: time | None
    end_time: time | None
    enabled_days: list[EnabledDay]
    flow_id: strawberry.ID | None
    default_flow_id: strawberry.ID | None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> OutOfOffice:
        """What the API shows of the kept object; a week of closed days where there is none."""
        enabled = {day["id"]: bool(day["enabled"]) for day in kept.get("enabled_days") or ()}
        return cls(
            enabled=bool(kept.get("enabled", False)),
            start_time=_time(kept.get("start_time")),
            end_time=_time(kept.get("end_time")),
            enabled_days=[EnabledDay(id=n, enabled=enabled.get(n, False)) for n in range(1, 8)],
            flow_id=_id(kept.get("flow_id")),
            default_flow_id=_id(kept.get("default_flow_id")),
        )


@strawberry.type(description="A pattern that starts a flow.")
class RegxFlow:
    flow_id: strawberry.ID | None
    regx: str | None
    regx_opt: str | None


@strawberry.type(description="Settings of an organization.")
class Setting:
    low_balance_threshold: str | None = None
    critical_balance_threshold: str | None = None
    send_warning_mail: bool = False
    run_flow_each_time: bool = False
    allow_bot_number_update: bool = False
    report_frequency: str | None = None
    contact_profile_enabled: bool = False

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Setting:
        """What the API shows of the kept object."""
        known = cls.__dataclass_fields__.keys()
        return cls(**{name: value for name, value in kept.items() if name in known})


@strawberry.type(description="A way in which messages travel, or a service that flows ask.")
class Provider:
    id: strawberry.ID
    name: str
    shortcode: str
    group: str | None
    description: str | None
    is_required: bool
    keys: Json
    secrets: Json


#: Samvad's own chat server is the only way in which messages travel.
CHAT = Provider(
    id=strawberry.ID("1"),
    name="Samvad Chat",
    shortcode="samvad_chat",
    group="bsp",
    description="The chat server of this installation, over XMPP.",
    is_required=True,
    keys=Json({}),
    secrets=Json({}),
)


@strawberry.type(description="An NGO, which owns all that its staff and contacts see.")
class Organization:
    row: strawberry.Private[OrganizationRow]
    id: strawberry.ID
    name: str
    shortcode: str
    email: str | None
    is_active: bool
    is_approved: bool
    is_suspended: bool
    suspended_until: datetime | None
    status: str
    timezone: str
    session_limit: int
    signature_phrase: str
    newcontact_flow_id: strawberry.ID | None
    optin_flow_id: strawberry.ID | None
    out_of_office: OutOfOffice
    regx_flow: RegxFlow
    setting: Setting
    fields: Json
    bsp: Provider
    contact_name: str
    last_communication_at: datetime | None
    inserted_at: datetime
    updated_at: datetime
    is_flow_uuid_display: bool = False
    is_trial_org: bool = False
    trial_expiration_date: datetime | None = None

    @classmethod
    def of(cls, row: OrganizationRow, *, shows_secrets: bool) -> Organization:
        """What the API shows of `row`. Who may not see the signing phrase gets an empty one."""
        regx = row.regx_flow
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            name=row.name,
            shortcode=row.shortcode,
            email=row.email,
            is_active=row.is_active,
            is_approved=row.is_approved,
            is_suspended=row.is_suspended,
            suspended_until=row.suspended_until,
            status=row.status.upper(),
            timezone=row.timezone,
            session_limit=row.session_limit,
            signature_phrase=row.signature_phrase or "" if shows_secrets else "",
            newcontact_flow_id=_id(row.newcontact_flow_id),
            optin_flow_id=_id(row.optin_flow_id),
            out_of_office=OutOfOffice.of(row.out_of_office),
            regx_flow=RegxFlow(
                flow_id=_id(regx.get("flow_id")),
                regx=regx.get("regx"),
                regx_opt=regx.get("regx_opt"),
            ),
            setting=Setting.of(row.setting),
            fields=Json(row.fields),
            bsp=CHAT,
            contact_name=row.name,
            last_communication_at=row.last_communication_at,
            inserted_at=row.inserted_at,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def default_language(self, info: Info) -> Language | None:
        row = await batched(info, loaders.languages_by_id, self.row.default_language_id, None)
        return Language.of(row) if row else None

    @strawberry.field
    async def active_languages(self, info: Info) -> list[Language]:
        ids = self.row.active_language_ids
        rows = await gather(*(_language(info, id_) for id_ in ids))
        return [Language.of(row) for row in rows if row]

    @strawberry.field(description="Itself as sender of what goes out.")
    async def contact(self, info: Info) -> Contact | None:
        row = await batched(info, own_contacts, self.row.id or 0, None)
        return Contact.of(row) if row else None


async def _language(info: Info, id_: int) -> LanguageRow | None:
    return await batched(info, loaders.languages_by_id, id_, None)


@strawberry.type
class OrganizationResult:
    organization: Organization | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="What is switched on. Products that Samvad has not are off.")
class OrganizationServicesResult:
    fun_with_flags: bool = False
    dialogflow: bool = False
    google_cloud_storage: bool = False
    bigquery: bool = False
    flow_uuid_display: bool = False
    ai_evaluation_v2_enabled: bool = strawberry.field(name="aiEvaluationV2Enabled", default=False)
    ai_evaluations_enabled: bool = False
    ask_glific_enabled: bool = False
    auto_translation_enabled: bool = False
    certificate_enabled: bool = False
    contact_profile_enabled: bool = False
    copy_node_enabled: bool = False
    prompt_generator_enabled: bool = False
    roles_and_permission: bool = False
    template_library_enabled: bool = False
    template_v2_enabled: bool = strawberry.field(name="templateV2Enabled", default=False)
    ticketing_enabled: bool = False
    whatsapp_forms_enabled: bool = False
    whatsapp_group_enabled: bool = False
    errors: list[InputError] | None = None


def _id(value: Any) -> strawberry.ID | None:
    return None if value is None else strawberry.ID(str(value))


def _time(value: Any) -> time | None:
    return None if value is None else read_time(value)
