"""Statements of the hot path: put together once by SQLAlchemy, run by the driver itself.

The driver alone needs a third of the processor time that a kept statement takes through SQLAlchemy,
a tenth of what a row takes through the ORM, and less still where many statements share a round trip
(`Ctx.write`). What is read and written this way is known to no ORM session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import psycopg
from sqlalchemy import ARRAY, Executable, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import class_mapper

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

M = TypeVar("M")

_DIALECT: Any = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


class Prepared:
    """A statement as text of the driver. Lists are given to `= ANY(...)`: `IN` has no fixed text."""

    __slots__ = ("_dumps", "_fixed", "text")

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]  # every construct has it
        self.text: bytes = compiled.string.encode()
        self._fixed: dict[str, Any] = dict(compiled.params)
        self._dumps: dict[str, Callable[[Any], Any]] = {
            name: dump
            for name, parameter in compiled.binds.items()
            if (dump := parameter.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) is not None
        }

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters as the driver takes them."""
        bound = {**self._fixed, **values}
        for name, dump in self._dumps.items():
            bound[name] = dump(bound[name])
        return bound


#: A list of these takes the driver a seventh of the time in the binary format.
_BINARY: Final = frozenset({int, str, datetime})


def _no_more(statement: Any) -> Executable:
    return statement  # type: ignore[no-any-return]  # an insert


class Insert(Prepared):
    """One row of `model` with every column given but its id, which is what the statement gives."""

    __slots__ = ("_columns",)

    def __init__(self, model: Any) -> None:
        table = model.__table__
        self._columns = tuple(column.name for column in table.columns if column.name != "id")
        super().__init__(
            insert(table)
            .values({n: bindparam(n, type_=table.c[n].type) for n in self._columns})
            .returning(table.c.id)
        )

    def of(self, row: Any) -> dict[str, Any]:
        """The values of a row that no session holds."""
        return {name: getattr(row, name) for name in self._columns}


class InsertMany(Prepared):
    """Rows of `model`, however many, in one statement whose text stays the same.

    Columns in `same` have one value for all rows, which is given once. `finish` adds to
    the insert, for example what to do about rows that are there already.
    """

    __slots__ = ("_columns",)

    def __init__(
        self,
        model: Any,
        *columns: str,
        same: Sequence[str] = (),
        finish: Callable[[Any], Executable] = _no_more,
    ) -> None:
        table = model.__table__
        self._columns = columns
        lists = [bindparam(name, type_=ARRAY(table.c[name].type)) for name in columns]
        once = [bindparam(name, type_=table.c[name].type) for name in same]
        rows = select(*map(func.unnest, lists), *once)
        made = insert(table).from_select((*columns, *same), rows)
        super().__init__(finish(made))
        for name in columns:
            kind = table.c[name].type.dialect_impl(_DIALECT)
            plain = getattr(kind, "impl", kind)  # SQLModel's texts decorate a String
            if not table.c[name].nullable and plain.python_type in _BINARY:
                old, new = f"%({name})s::".encode(), f"%({name})b::".encode()
                self.text = self.text.replace(old, new)

    def of(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The values of the rows."""
        return {name: [row[name] for row in rows] for name in self._columns}


class Rows(Prepared, Generic[M]):
    """Whole rows of `model`, as objects that no session of the ORM holds: a third of its price.

    `narrow` adds the conditions. `Ctx.load` reads them, and writes what has been changed in them.
    """

    __slots__ = ("_names", "model")

    def __init__(self, model: type[M], narrow: Callable[[Any], Executable]) -> None:
        table: Any = model.__table__  # type: ignore[attr-defined]  # every table class has one
        self.model = model
        self._names = tuple(column.name for column in table.columns)
        super().__init__(narrow(select(*table.columns)))

    def made_of(self, row: Sequence[Any]) -> M:
        """The object for a row that the statement gave."""
        made: M = class_mapper(self.model).class_manager.new_instance()
        made.__dict__.update(zip(self._names, row, strict=True))
        return made


class Tracked:
    """A row that no session holds, and what the database has of it."""

    __slots__ = ("_seen", "row")

    def __init__(self, row: Any) -> None:
        self.row = row
        self._seen: dict[str, Any] = {}
        self.settle()

    def settle(self) -> None:
        """What the row says now is what the database has."""
        held, model = self.row.__dict__, type(self.row)
        self._seen = {column.name: held[column.name] for column in model.__table__.columns}

    def changes(self) -> dict[str, Any]:
        """Columns whose values are others than in the database."""
        held = self.row.__dict__
        return {name: held[name] for name, was in self._seen.items() if held[name] != was}


@cache
def update_of(model: Any, names: frozenset[str]) -> Prepared:
    """The statement that writes these columns of one row of `model`, which `of_id` names."""
    table = model.__table__
    given = {name: bindparam(name, type_=table.c[name].type) for name in sorted(names)}
    return Prepared(update(table).where(table.c.id == bindparam("of_id")).values(given))


async def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """The driver's connection, within whatever transaction is under way on it."""
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    return driver  # type: ignore[no-any-return]  # the engine's driver is psycopg


async def fetch(
    driver: psycopg.AsyncConnection[Any], statement: Prepared, values: Mapping[str, Any]
) -> Sequence[tuple[Any, ...]]:
    """The rows that the statement gives. Raises SQLAlchemy's errors, as every statement does."""
    with _translated(statement):
        cursor = driver.cursor()
        await cursor.execute(statement.text, statement.bind(values))
        return await cursor.fetchall()


async def fetch_ids(
    driver: psycopg.AsyncConnection[Any], statement: Insert, rows: Sequence[Any]
) -> list[int]:
    """The rows are inserted, in one round trip; their ids. Raises SQLAlchemy's errors."""
    with _translated(statement):
        cursor = driver.cursor()
        values = [statement.bind(statement.of(row)) for row in rows]
        await cursor.executemany(statement.text, values, returning=True)
        return [(await anext(aiter(result)))[0] async for result in cursor.results()]


async def run_all(
    driver: psycopg.AsyncConnection[Any],
    writes: Sequence[tuple[Prepared, Mapping[str, Any]]],
) -> None:
    """All of them ran, in order and with one round trip. Raises SQLAlchemy's errors.

    On a connection without a transaction they are one by themselves: all of them are committed, or
    none is (PostgreSQL 54.2.4, an implicit transaction up to Sync).
    """
    with _translated(writes[0][0]):
        cursor = driver.cursor()
        if len(writes) == 1:
            ((statement, values),) = writes
            await cursor.execute(statement.text, statement.bind(values))
            return
        async with driver.pipeline():
            for statement, values in writes:
                await cursor.execute(statement.text, statement.bind(values))


@contextmanager
def _translated(statement: Prepared) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        # Parameters are people's words: they are left out.
        raise DBAPIError.instance(
            statement.text.decode(), None, error, psycopg.Error, hide_parameters=True
        ) from error
