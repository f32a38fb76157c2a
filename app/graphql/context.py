"""What a resolver is given: who asks, for which organization, over which services."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.core import uow
from app.core.context import Actor, Ctx
from app.core.services import Services
from app.domain.login.lasting import lasts

if TYPE_CHECKING:
    from strawberry.types import Info as StrawberryInfo

#: A caller of whom nothing is known yet: a socket before `connection_init`.
NOBODY = Actor("staff")


@dataclass(slots=True)
class Context:
    """One request, or one socket. A verb runs within `async with context.unit_of_work() as ctx:`."""

    services: Services
    actor: Actor = NOBODY
    org_id: int = 0
    #: The session of the browser, so that two tabs of one person can be told apart.
    fingerprint: str = ""
    #: Of a socket only: what `connection_init` brought.
    connection_params: dict[str, Any] | None = None
    #: For what one request should find only once; keys are of the area that puts it there.
    memo: dict[Any, Any] = field(default_factory=dict)

    @property
    def user_id(self) -> int:
        """The caller's user. Zero for nobody, which no row has."""
        return self.actor.user_id or 0

    async def may_go_on(self) -> bool:
        """Whether the login of a socket lasts. When it has ended, nobody asks from here on."""
        if self.connection_params is None or self.actor is NOBODY:
            return True
        if not await lasts(self.services, self.user_id, self.fingerprint):
            self.actor = NOBODY
        return self.actor is not NOBODY

    def unit_of_work(self) -> AbstractAsyncContextManager[Ctx]:
        """One transaction of the caller; its events are told after the commit."""
        return uow.unit_of_work(self.services, org_id=self.org_id, actor=self.actor)


if TYPE_CHECKING:
    Info = StrawberryInfo[Context, None]
else:
    from strawberry.types import Info

__all__ = ["NOBODY", "Context", "Info"]
