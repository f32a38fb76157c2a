"""call_webhook with the method FUNCTION: a function of this product instead of a server (Glific)."""

from __future__ import annotations

import asyncio

from app.core.services import Services
from app.runner.effects.base import TIMEOUT_S, Outcome, Task
from app.runner.effects.webhook import parsed
from app.runner.functions import FUNCTIONS, FunctionFailed


async def run(services: Services, task: Task) -> Outcome:
    """What the function named by the address makes of the body's members."""
    name = str(task.request["url"]).strip()
    function = FUNCTIONS.get(name)
    if function is None:
        there = ", ".join(sorted(FUNCTIONS))
        return Outcome(error=f'there is no function "{name[:100]}" here; there are: {there}')
    given = parsed(str(task.request["body"]))
    try:
        async with asyncio.timeout(TIMEOUT_S):
            made = await function.run(services, given if isinstance(given, dict) else {})
    except TimeoutError:
        return Outcome(error=f"the function took longer than {TIMEOUT_S} s")
    except FunctionFailed as fault:
        return Outcome(error=str(fault))
    found = Outcome.of(made)
    return Outcome(status=200, body=found.body, data=found.data)
