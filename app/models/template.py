"""Message templates."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_list, json_object, reference


class SessionTemplate(OrgTable, table=True):
    """A text that staff send often; `{{1}}` marks a parameter when `is_hsm`."""

    __tablename__ = "session_templates"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "label", "language_id", name="uq_session_templates_label"
        ),
        UniqueConstraint(
            "organization_id", "shortcode", "language_id", name="uq_session_templates_shortcode"
        ),
        UniqueConstraint("organization_id", "uuid", name="uq_session_templates_uuid"),
    )

    uuid: str
    label: str
    body: str
    type: str = "text"
    shortcode: str | None = None
    language_id: int = reference("languages", nullable=False, on_delete="RESTRICT")
    parent_id: int | None = reference("session_templates", on_delete="SET NULL")
    message_media_id: int | None = reference("messages_media", on_delete="SET NULL")
    tag_id: int | None = reference("tags", on_delete="RESTRICT")
    is_active: bool = True
    is_reserved: bool = False
    is_source: bool = False
    is_hsm: bool = False
    number_parameters: int = 0
    #: language id -> {"body", "language_id", "number_parameters", ...}
    translations: dict[str, Any] = json_object()
    status: str | None = None
    reason: str | None = None
    category: str | None = None
    example: str | None = None
    footer: str | None = None
    has_buttons: bool = False
    button_type: str | None = None
    buttons: list[Any] = json_list()
