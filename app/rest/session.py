"""`/api/v1/session`: log in, go on, log out."""

from __future__ import annotations

from starlette.responses import Response

from app.domain.login import service, tokens
from app.domain.organizations.service import own_organization
from app.rest.endpoint import Call, answer, moment, tokens_of
from app.rest.forms import read_body, read_user
from app.web import limits


async def log_in(call: Call) -> Response:
    """The tokens, once beside and once within `data`: clients read either."""
    user = await read_user(call.request)
    phone = service.plain_phone(user.get("phone"))
    limit = call.services.config.login_phone_per_minute
    if refused := await limits.refusal(call.services, f"login:{call.org_id}:{phone}", limit):
        return refused
    async with call.unit_of_work() as ctx:
        found = await service.log_in(ctx, phone, user.get("password"))
    pair = tokens_of(found.tokens)
    more = {
        "last_login_time": moment(found.last_login_at),
        "is_trial": False,
        "trial_expiration_date": None,
    }
    return answer({**pair, **more, "data": {**pair, **more}})


async def renew(call: Call) -> Response:
    """A new pair for the renewal token in the header, which is good once."""
    async with call.unit_of_work() as ctx:
        pair = tokens_of(await tokens.renew_tokens(ctx, call.authorization))
    return answer({**pair, "data": pair})


async def log_out(call: Call) -> Response:
    """Both tokens of the pair have ended."""
    async with call.unit_of_work() as ctx:
        await tokens.revoke_token(ctx, call.authorization)
    return answer({})


async def name(call: Call) -> Response:
    """What the pages before the login call the organization."""
    async with call.unit_of_work() as ctx:
        organization = await own_organization(ctx)
        return answer({"name": organization.name, "status": organization.status})


async def track(call: Call) -> Response:
    """The frontend says what was opened. It is heard and not kept."""
    await read_body(call.request)
    return answer({"status": "ok"})
