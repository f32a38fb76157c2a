"""The staff of an organization."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_list, moment, reference


class User(OrgTable, table=True):
    """Somebody who logs in. `roles` are of none, staff, manager, admin, glific_admin."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("organization_id", "phone", name="uq_users_phone"),)

    name: str
    #: Digits with the country code, without "+".
    phone: str
    email: str | None = None
    password_hash: str
    roles: list[str] = json_list()
    contact_id: int | None = reference("contacts", index=True)
    language_id: int | None = reference("languages", on_delete="RESTRICT")
    #: A restricted member of staff sees only the contacts of his groups.
    is_restricted: bool = False
    last_login_at: datetime | None = moment()
    confirmed_at: datetime | None = moment()
    consent_for_updates: bool = False
