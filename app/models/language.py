"""Languages. They are the installation's, not an organization's."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint

from app.core.table import Table


class Language(Table, table=True):
    """`locale` is what flows and clients use (`en`, `hi`); `label` is what people pick."""

    __tablename__ = "languages"
    __table_args__ = (
        UniqueConstraint("label", name="uq_languages_label"),
        UniqueConstraint("locale", name="uq_languages_locale"),
    )

    label: str
    label_locale: str
    locale: str
    description: str | None = None
    is_active: bool = True
    is_reserved: bool = False
    #: Whether the staff's frontend is translated into it.
    localized: bool = False
