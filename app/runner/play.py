"""One sprint of the engine, foreseeable: the same inbox row gives the same uuids however often it runs."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from uuid import UUID

from app.core.context import Ctx
from app.domain.flow_definitions.assets import DbAssets, with_flows
from app.runner.effects import CARRIED
from flows import Environment, Sprint

Step = Callable[[Environment], Sprint]


async def play(ctx: Ctx, assets: DbAssets, seed: str, step: Step) -> Sprint:
    """What `step` gives, with every flow it needs loaded.

    `seed` names the cause: a sprint that is rolled back and run again makes the same uuids, so
    that nothing is sent twice.
    """
    return await with_flows(ctx, assets, lambda: step(_environment(ctx, assets, seed)))


def _environment(ctx: Ctx, assets: DbAssets, seed: str) -> Environment:
    # The key keeps outsiders from foreseeing the uuids of others.
    secret = f"{ctx.services.config.secret_key}:{ctx.org_id}:{seed}"
    chance = random.Random(hashlib.sha256(secret.encode()).digest())
    locales = {id_: locale for locale, id_ in assets.language_ids.items()}
    return Environment(
        now=ctx.clock.now(),
        new_uuid=lambda: str(UUID(int=chance.getrandbits(128), version=4)),
        timezone=assets.org.timezone,
        rng=random.Random(chance.getrandbits(64)),
        languages=assets.languages,
        default_language=locales.get(assets.org.default_language_id, "en"),
        organization_id=str(ctx.org_id),
        effects=CARRIED,
        tracing=ctx.services.config.trace_flows,
    )
