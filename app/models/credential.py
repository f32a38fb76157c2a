"""What an organization has with services of others."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_object


class Credential(OrgTable, table=True):
    """The organization's way to one provider (`app.domain.credentials.providers`)."""

    __tablename__ = "credentials"
    __table_args__ = (
        UniqueConstraint("organization_id", "provider", name="uq_credentials_provider"),
    )

    #: The provider's shortcode.
    provider: str
    #: name -> text; what everybody may know.
    keys: dict[str, Any] = json_object()
    #: name -> text; shown to administrators only, and never logged.
    secrets: dict[str, Any] = json_object()
    is_active: bool = True
