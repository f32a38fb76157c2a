"""`/api/v1/registration`: codes, new users, new passwords."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app.core.errors import AppError
from app.domain.login import codes, service
from app.rest.endpoint import Call, answer, refusal, tokens_of
from app.rest.forms import is_true, read_user


def _text(user: dict[str, Any], *names: str) -> str:
    for name in names:
        if isinstance(user.get(name), str | int):
            return str(user[name])
    return ""


async def send_otp(call: Call) -> Response:
    """A code is on its way. `registration` narrows whom it is for; see `codes.send_code`."""
    user = await read_user(call.request)
    phone = service.plain_phone(user.get("phone"))
    wanted = user.get("registration")
    async with call.unit_of_work() as ctx:
        await codes.send_code(ctx, phone, registration=None if wanted is None else is_true(wanted))
    return answer({"phone": phone, "message": f"OTP sent successfully to {phone}"})


async def register(call: Call) -> Response:
    """A new user and his tokens."""
    user = await read_user(call.request)
    who = service.Registration(
        name=_text(user, "name")[:200],
        phone=_text(user, "phone"),
        password=_text(user, "password"),
        otp=_text(user, "otp"),
        email=_text(user, "email")[:200] or None,
        consent_for_updates=is_true(user.get("consent_for_updates")),
    )
    try:
        pair = tokens_of(await service.register(call.services, call.org_id, who))
    except AppError as error:
        return refusal(error, message="Couldn't create user")
    return answer(pair)


async def reset_password(call: Call) -> Response:
    """New tokens under a new password, which is called `password` or `new_password`."""
    user = await read_user(call.request)
    try:
        pair = await service.reset_password(
            call.services,
            call.org_id,
            user.get("phone"),
            _text(user, "password", "new_password"),
            user.get("otp"),
        )
    except AppError as error:
        return refusal(error, message="Couldn't update user password")
    return answer(tokens_of(pair))
