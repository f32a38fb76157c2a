"""What every table has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

#: Constraint names are part of the schema: repositories name them and migrations drop them.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

#: `timestamp with time zone`. SQLModel's annotations know classes only, hence Any.
MOMENT: Any = DateTime(timezone=True)
BIG: Any = BigInteger
JSON: Any = JSONB


def utc_now() -> datetime:
    """The moment a row is made or changed. Rules about time use `ctx.clock` instead."""
    return datetime.now(UTC)


def moment(**more: Any) -> Any:
    """A nullable column for an aware moment."""
    return Field(default=None, sa_type=MOMENT, **more)


def moment_now(**more: Any) -> Any:
    """A column for an aware moment that is filled when the row is made."""
    return Field(default_factory=utc_now, sa_type=MOMENT, nullable=False, **more)


def reference(table: str, *, nullable: bool = True, on_delete: Any = "CASCADE", **more: Any) -> Any:
    """A column that holds the id of a row of `table`."""
    return Field(
        default=None,
        sa_type=BIG,
        foreign_key=f"{table}.id",
        ondelete=on_delete,
        nullable=nullable,
        **more,
    )


def json_object() -> Any:
    """A JSON object, empty when the row is made."""
    return Field(default_factory=dict, sa_type=JSON, nullable=False)


def json_list() -> Any:
    """A JSON list, empty when the row is made."""
    return Field(default_factory=list, sa_type=JSON, nullable=False)


class Table(SQLModel):
    """A row with a number and the moments it was made and last changed."""

    #: None until the row is inserted; every other reader may take it for a number.
    id: int = Field(default=None, primary_key=True, sa_type=BIG)
    inserted_at: datetime = moment_now()
    updated_at: datetime = moment_now(sa_column_kwargs={"onupdate": utc_now})


class OrgTable(Table):
    """A row that belongs to one organization."""

    organization_id: int = reference("organizations", nullable=False, index=True)
