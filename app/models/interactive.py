"""Messages with buttons or a list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_object, reference


class InteractiveTemplate(OrgTable, table=True):
    """A message that offers choices. Its content has the form in which Glific's frontend draws it."""

    __tablename__ = "interactive_templates"
    __table_args__ = (
        UniqueConstraint("organization_id", "label", "type", name="uq_interactive_templates_label"),
        UniqueConstraint(
            "organization_id", "label", "language_id", name="uq_interactive_templates_language"
        ),
    )

    label: str
    #: quick_reply, list or location_request_message
    type: str
    interactive_content: dict[str, Any] = json_object()
    #: language id -> content
    translations: dict[str, Any] = json_object()
    language_id: int = reference("languages", nullable=False, on_delete="RESTRICT")
    tag_id: int | None = reference("tags", on_delete="RESTRICT")
    send_with_title: bool = True
