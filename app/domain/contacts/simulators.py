"""Simulators: contacts that staff hold for a while to try a flow out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from app.core.context import Ctx
from app.domain.contacts.events import SimulatorReleased
from app.domain.contacts.repository import ContactRepository
from app.models import Contact

#: How long a simulator stays with somebody who does not ask for it again.
IDLE = timedelta(minutes=10)


async def get_simulator(ctx: Ctx) -> Contact | None:
    """The simulator that the actor holds from now on; None when all are busy.

    The same user gets the same one. Those that were idle for ten minutes are taken from their
    holders, who are told by SimulatorReleased.
    """
    simulators = await ContactRepository(ctx).simulators()
    mine = next((s for s in simulators if s.simulator_user_id == ctx.actor.user_id), None)
    expired = (s for s in simulators if s is not mine and _is_idle(ctx, s))
    _free(ctx, expired)
    chosen = mine or next((s for s in simulators if s.simulator_user_id is None), None)
    if chosen is not None:
        chosen.simulator_user_id = ctx.actor.user_id
        chosen.simulator_since = ctx.clock.now()
    await ctx.session.flush()
    return chosen


async def release_simulators(ctx: Ctx) -> None:
    """The actor holds no simulator any more. Emits SimulatorReleased if he held one."""
    simulators = await ContactRepository(ctx).simulators()
    _free(ctx, (s for s in simulators if s.simulator_user_id == ctx.actor.user_id))
    await ctx.session.flush()


async def release_idle_simulators(ctx: Ctx) -> int:
    """Simulators that were idle for ten minutes are free; how many. For a sweep."""
    simulators = await ContactRepository(ctx).simulators()
    idle = [s for s in simulators if _is_idle(ctx, s)]
    _free(ctx, idle)
    await ctx.session.flush()
    return len(idle)


def _is_idle(ctx: Ctx, simulator: Contact) -> bool:
    since = simulator.simulator_since
    held = simulator.simulator_user_id is not None
    return held and (since is None or ctx.clock.now() - since >= IDLE)


def _free(ctx: Ctx, simulators: Iterable[Contact]) -> None:
    for simulator in simulators:
        if simulator.simulator_user_id is not None:
            ctx.emit(SimulatorReleased(simulator.simulator_user_id))
        simulator.simulator_user_id = None
        simulator.simulator_since = None
