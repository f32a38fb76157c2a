"""Saved searches."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_object


class SavedSearch(OrgTable, table=True):
    """`args` holds {"filter", "contactOpts", "messageOpts"} as `search` takes them."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        UniqueConstraint("organization_id", "shortcode", name="uq_saved_searches_shortcode"),
        UniqueConstraint("organization_id", "label", name="uq_saved_searches_label"),
    )

    label: str
    shortcode: str
    args: dict[str, Any] = json_object()
    is_reserved: bool = False
