"""Simulators: contacts that staff hold for a while to try a flow out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from app.core.context import Ctx
from app.core.services import Services
from app.domain.contacts.events import SimulatorReleased
from app.domain.contacts.repository import ContactRepository
from app.models import Contact, Organization

#: Name after "Simulator", and phone before "_1": no person has such a one.
NAMES = ("One", "Two", "Three", "Four", "Five")
PHONE = "9876543210"
#: How long a simulator stays with somebody who does not ask for it again.
IDLE = timedelta(minutes=10)


def simulators_of(services: Services, organization: Organization) -> list[Contact]:
    """The five simulators of a new organization, not yet stored."""
    now = services.clock.now()
    return [
        Contact(
            organization_id=organization.id or 0,
            uuid=str(services.ids.uuid4()),
            name=f"Simulator {name}",
            phone=f"{PHONE}_{number}",
            language_id=organization.default_language_id,
            bsp_status="session_and_hsm",
            optin_time=now,
            optin_status=True,
            optin_method="simulator",
            last_message_at=now,
            is_simulator=True,
        )
        for number, name in enumerate(NAMES, 1)
    ]


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


async def use_simulator(ctx: Ctx, phone: str) -> Contact | None:
    """The simulator with that phone, which stays the actor's for longer.

    None when there is none, or when somebody else holds it.
    """
    simulators = await ContactRepository(ctx).simulators()
    found = next((s for s in simulators if s.phone == phone), None)
    if found is None or found.simulator_user_id not in (None, ctx.actor.user_id):
        return None
    found.simulator_user_id = ctx.actor.user_id
    found.simulator_since = ctx.clock.now()
    await ctx.session.flush()
    return found


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
