"""A row of every table for each of two organizations: all with one number, all with one word.

Whoever finds the word of the other organization in an answer has found a leak.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Table, insert, text
from sqlmodel import SQLModel

from app.core.services import Services
from app.models import Organization

#: The id of every row of the organization that asks, of the one that must stay unknown, and of none.
MINE, THEIRS, NOBODYS = 5_000_001, 7_000_001, 9_000_001
WORDS = {MINE: "mine", THEIRS: "theirs"}

#: What a column must hold for its row to mean something.
_CHOSEN: dict[tuple[str, str], Any] = {
    ("messages", "flow"): "inbound",
    ("messages", "status"): "received",
    ("messages", "group_id"): None,
    ("contacts", "last_message_number"): 1,
    ("groups", "last_message_number"): 1,
    ("contact_inbox", "kind"): "message",
    ("broadcasts", "kind"): "message",
    ("user_jobs", "type"): "contact_import",
    ("interactive_templates", "type"): "quick_reply",
    ("flow_counts", "type"): "node",
    ("flow_tests", "script"): "# mine\n> hi\n< hello\n",
    ("contact_fires", "kind"): "wait",
}


def tables() -> list[Table]:
    """The tables whose rows belong to an organization, those that are referred to first."""
    return [table for table in SQLModel.metadata.sorted_tables if "organization_id" in table.c]


async def furnish(services: Services, org: Organization, number: int) -> None:
    """Every table has the row `number` of `org`."""
    done: set[str] = set()
    async with services.db.session() as session, session.begin():
        for table in tables():
            row = {c.name: _value(c, org, number, done) for c in table.c if _is_filled(c)}
            await session.execute(insert(table).values(**row))
            done.add(table.name)


def _is_filled(column: Column[Any]) -> bool:
    key = (column.table.name, column.name)
    return key in _CHOSEN or column.default is None or column.name in ("id", "organization_id")


def _value(column: Column[Any], org: Organization, number: int, done: set[str]) -> Any:
    key = (column.table.name, column.name)
    if key in _CHOSEN:
        return _CHOSEN[key]
    if column.name == "id":
        return number
    if column.foreign_keys:
        return _reference(column, org, number, done)
    return _plain(column, number)


def _reference(column: Column[Any], org: Organization, number: int, done: set[str]) -> Any:
    target = next(iter(column.foreign_keys)).column.table.name
    if target == "organizations":
        return org.id
    if target == "languages":
        return org.default_language_id
    return number if target in done else None


def _plain(column: Column[Any], number: int) -> Any:
    kind = str(column.type).partition("(")[0]
    if column.name == "phone":
        return f"91{number}000"
    if column.name == "uuid" or column.name.endswith("_uuid"):
        return f"00000000-0000-4000-8000-{number:012}"
    if kind in ("VARCHAR", "TEXT"):
        return f"{WORDS.get(number, 'more')}-{column.name}-{number}"
    if kind in ("INTEGER", "BIGINT", "FLOAT"):
        return None if column.nullable else 1
    return None


async def everything_of(services: Services, org: Organization) -> dict[str, str]:
    """A digest of the organization's rows by table."""
    parts = [
        f"SELECT '{table.name}' AS name, md5(string_agg(t::text, '|' ORDER BY id)) AS digest "
        f"FROM {table.name} t WHERE organization_id = :org_id"
        for table in tables()
    ]
    parts.append("SELECT 'organizations', md5(t::text) FROM organizations t WHERE id = :org_id")
    async with services.db.reading() as session:
        rows = await session.execute(text(" UNION ALL ".join(parts)), {"org_id": org.id})
        return {name: digest for name, digest in rows}


async def crossings(services: Services) -> list[str]:
    """The columns by which a row of one organization refers to a row of another."""
    found = []
    async with services.db.reading() as session:
        for table in tables():
            for column in table.c:
                for key in column.foreign_keys:
                    other = key.column.table
                    if "organization_id" in other.c and await session.scalar(
                        text(
                            f"SELECT count(*) FROM {table.name} a JOIN {other.name} b "
                            f"ON a.{column.name} = b.id WHERE a.organization_id <> b.organization_id"
                        )
                    ):
                        found.append(f"{table.name}.{column.name}")
    return found
