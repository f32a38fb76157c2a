"""What organizations are given."""

from __future__ import annotations

from datetime import time
from enum import Enum
from typing import Any

import strawberry

from app.graphql.inputs import given
from app.graphql.scalars import Json


@strawberry.enum(description="The states of an organization.")
class OrganizationStatusEnum(Enum):
    INACTIVE = "inactive"
    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    FORCED_SUSPENSION = "forced_suspension"
    READY_TO_DELETE = "ready_to_delete"


@strawberry.input(description="`defaultLanguage` is part of a language's label.")
class OrganizationFilter:
    default_language: str | None = None
    shortcode: str | None = None
    email: str | None = None
    name: str | None = None
    bsp: str | None = None
    language: str | None = None


@strawberry.input
class EnabledDayInput:
    id: int
    enabled: bool


@strawberry.input
class OutOfOfficeInput:
    enabled: bool | None = strawberry.UNSET
    start_time: time | None = strawberry.UNSET
    end_time: time | None = strawberry.UNSET
    enabled_days: list[EnabledDayInput] | None = strawberry.UNSET
    flow_id: strawberry.ID | None = strawberry.UNSET
    default_flow_id: strawberry.ID | None = strawberry.UNSET

    def kept(self) -> dict[str, Any]:
        """As the database keeps it: times as text, ids as numbers."""
        found = given(self)
        for name in ("start_time", "end_time"):
            if found.get(name) is not None:
                found[name] = found[name].isoformat()
        for name in ("flow_id", "default_flow_id"):
            if found.get(name) is not None:
                found[name] = int(found[name]) if found[name].isdigit() else None
        if found.get("enabled_days") is not None:
            found["enabled_days"] = [vars(day) for day in found["enabled_days"]][:7]
        return found


@strawberry.input
class RegxFlowInput:
    flow_id: strawberry.ID | None = strawberry.UNSET
    regx: str | None = strawberry.UNSET
    regx_opt: str | None = strawberry.UNSET


@strawberry.input
class SettingInput:
    low_balance_threshold: str | None = strawberry.UNSET
    critical_balance_threshold: str | None = strawberry.UNSET
    send_warning_mail: bool | None = strawberry.UNSET
    run_flow_each_time: bool | None = strawberry.UNSET
    allow_bot_number_update: bool | None = strawberry.UNSET
    report_frequency: str | None = strawberry.UNSET
    contact_profile_enabled: bool | None = strawberry.UNSET


@strawberry.input(description="Name and shortcode are unique.")
class OrganizationInput:
    contact_id: strawberry.ID | None = strawberry.UNSET
    name: str | None = strawberry.UNSET
    default_language_id: strawberry.ID | None = strawberry.UNSET
    active_language_ids: list[strawberry.ID | None] | None = strawberry.UNSET
    shortcode: str | None = strawberry.UNSET
    email: str | None = strawberry.UNSET
    phone: str | None = strawberry.UNSET
    bsp_id: strawberry.ID | None = strawberry.UNSET
    out_of_office: OutOfOfficeInput | None = strawberry.UNSET
    is_active: bool | None = strawberry.UNSET
    timezone: str | None = strawberry.UNSET
    session_limit: int | None = strawberry.UNSET
    signature_phrase: str | None = strawberry.UNSET
    newcontact_flow_id: strawberry.ID | None = strawberry.UNSET
    optin_flow_id: strawberry.ID | None = strawberry.UNSET
    regx_flow: RegxFlowInput | None = strawberry.UNSET
    setting: SettingInput | None = strawberry.UNSET
    fields: Json | None = strawberry.UNSET

    def changes(self) -> dict[str, Any]:
        """The members that the caller gave, as the verb takes them."""
        found = given(self)
        if isinstance(self.out_of_office, OutOfOfficeInput):
            found["out_of_office"] = self.out_of_office.kept()
        for name in ("regx_flow", "setting"):
            if found.get(name) is not None:
                found[name] = given(found[name])
        if found.get("bsp_id") is not None:
            found["bsp_id"] = 1
        return found
