"""What a verb is given: who asks, for which organization, in which transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from app.core import prepared
from app.core.prepared import Tracked, update_of

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from sqlalchemy.ext.asyncio import AsyncSession

    from app.core.clock import Clock
    from app.core.ids import Ids
    from app.core.prepared import Insert, Prepared, Rows
    from app.core.services import Services

M = TypeVar("M")

#: Lowest to highest; a role admits everything that the ones before it admit.
ROLES = ("none", "staff", "manager", "admin", "glific_admin")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `role` is the highest of his roles."""

    kind: Literal["system", "staff", "contact", "operator"]
    user_id: int | None = None
    role: str = "none"
    name: str = ""
    is_restricted: bool = False
    contact_id: int | None = None

    def may(self, role: str) -> bool:
        """Whether the actor's role is `role` or above. The system itself may everything."""
        return self.kind == "system" or ROLES.index(self.role) >= ROLES.index(role)


#: The product itself: workers, seeds, sweeps.
SYSTEM = Actor("system", name="Samvad")


@dataclass(slots=True)
class Ctx:
    """One unit of work of one organization. Verbs take it first; only `uow` makes and ends it."""

    services: Services
    session: AsyncSession
    org_id: int
    actor: Actor
    events: list[object] = field(default_factory=list)
    _writes: list[tuple[Prepared, Mapping[str, Any]]] = field(default_factory=list, repr=False)
    _tracked: list[Tracked] = field(default_factory=list, repr=False)
    #: The connection that statements of the driver use; None until it is known.
    _driver: AsyncConnection[Any] | None = None

    @property
    def clock(self) -> Clock:
        return self.services.clock

    @property
    def ids(self) -> Ids:
        return self.services.ids

    def emit(self, event: object) -> None:
        """Remember what happened. It is told after the commit, and not at all after a rollback."""
        self.events.append(event)

    async def fetch(self, statement: Prepared, **values: Any) -> Sequence[tuple[Any, ...]]:
        """The rows that the statement gives now; what waits in `write` is not seen by it."""
        return await prepared.fetch(await self._own_driver(), statement, values)

    async def load(self, statement: Rows[M], **values: Any) -> list[M]:
        """Rows that the ORM's session does not hold; what is changed in them is written by `flush`."""
        found = [statement.made_of(row) for row in await self.fetch(statement, **values)]
        self._tracked += map(Tracked, found)
        return found

    async def add(self, statement: Insert, *rows: Any) -> None:
        """The rows are in the database now and have their ids; later changes are written by `flush`."""
        if rows:
            ids = await prepared.fetch_ids(await self._own_driver(), statement, rows)
            for row, id_ in zip(rows, ids, strict=True):
                row.id = id_
            self._tracked += map(Tracked, rows)

    def write(self, statement: Prepared, **values: Any) -> None:
        """The statement runs before the commit, with all others that nobody waits for."""
        self._writes.append((statement, values))

    async def flush(self) -> None:
        """Everything that was added, changed or left to `write` is in the database."""
        await self.session.flush()
        await self.flush_writes()

    async def flush_writes(self) -> None:
        """`flush`, for a unit of work that holds nothing in the ORM's session."""
        for tracked in self._tracked:
            if changes := tracked.changes():
                changes["updated_at"] = self.clock.now()
                model: Any = type(tracked.row)
                statement = update_of(model, frozenset(changes))
                self.write(statement, of_id=tracked.row.id, **changes)
                tracked.settle()
        if self._writes:
            writes, self._writes = self._writes, []
            await prepared.run_all(await self._own_driver(), writes)

    async def _own_driver(self) -> AsyncConnection[Any]:
        if self._driver is None:
            self._driver = await prepared.driver_of(await self.session.connection())
        return self._driver
