"""One-time codes: six digits, sent over the chat, good once within five minutes."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.core.crypto import digest
from app.core.errors import Refused, TooMany
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.messages.service import send_secret
from app.models import Contact, LoginCode, User

#: One purpose: a code shows that somebody holds the phone.
PURPOSE = "phone"
#: Seconds between two codes for one phone.
SEND_EVERY_S = 30
#: Wrong codes until a phone is blocked, and for how many seconds.
MAX_WRONG = 5
BLOCK_S = 60

TEXT = "{code} is your verification code. For your security, do not share this code."

#: What `take_code` answers for a code that is not good.
DOES_NOT_EXIST, INCORRECT, EXPIRED, BLOCKED = (
    "does_not_exist",
    "incorrect_code",
    "code_expired",
    "attempt_blocked",
)


class CannotSend(Refused):
    """The phone is neither a user's nor, where that is enough, an opted-in contact's."""

    def __init__(self, phone: str) -> None:
        super().__init__(f"Cannot send the otp to {phone}")


async def send_code(ctx: Ctx, phone: str, *, registration: bool | None = None) -> None:
    """A new code is on its way to `phone`, and the one before is no longer good.

    `registration` True wants an opted-in contact who is no user yet, False wants a user, None
    takes either. Raises CannotSend; TooMany within SEND_EVERY_S of the last one.
    """
    contact = await _recipient(ctx, phone, registration)
    now, code = ctx.clock.now(), ctx.ids.otp()
    row = await _row(ctx, phone)
    if row is None:
        row = LoginCode(organization_id=ctx.org_id, purpose=PURPOSE, phone=phone, code_digest="")
        ctx.session.add(row)
    elif now - row.sent_at < timedelta(seconds=SEND_EVERY_S):
        raise TooMany(
            f"An OTP was just sent. Please try again in {SEND_EVERY_S} seconds.",
            retry_after_s=SEND_EVERY_S,
        )
    row.code_digest = _digest(ctx.services, phone, code)
    row.sent_at = now
    row.expires_at = now + timedelta(seconds=ctx.services.config.otp_ttl_s)
    row.wrong_attempts = 0
    await ctx.session.flush()
    await send_secret(ctx, contact, TEXT.format(code=code), shown=TEXT.format(code="*" * len(code)))


async def _recipient(ctx: Ctx, phone: str, registration: bool | None) -> Contact:
    contact: Any = Contact
    user: Any = User
    # Locked, so that two who ask at once do not both make the first code of a phone.
    found = await ctx.session.scalar(
        select(Contact)
        .where(contact.organization_id == ctx.org_id, contact.phone == phone)
        .with_for_update(key_share=True)
    )
    is_user = (
        await ctx.session.scalar(
            select(user.id).where(user.organization_id == ctx.org_id, user.phone == phone)
        )
        is not None
    )
    if found is None or found.status == "blocked":
        raise CannotSend(phone)
    is_opted_in = found.optin_time is not None and found.optout_time is None
    allowed = {True: is_opted_in and not is_user, False: is_user, None: is_opted_in or is_user}
    if not allowed[registration]:
        raise CannotSend(phone)
    return found


async def take_code(services: Services, org_id: int, phone: str, code: object) -> str | None:
    """Use the code up; None when it was good, else why not.

    A unit of work of its own: a wrong attempt counts although the caller then refuses.
    """
    async with unit_of_work(services, org_id=org_id) as ctx:
        return await _take(ctx, phone, str(code or ""))


async def _take(ctx: Ctx, phone: str, code: str) -> str | None:
    row, now = await _row(ctx, phone), ctx.clock.now()
    if row is None:
        return DOES_NOT_EXIST
    if row.blocked_until is not None and row.blocked_until > now:
        return BLOCKED
    if row.expires_at <= now:
        return EXPIRED
    if not hmac.compare_digest(row.code_digest, _digest(ctx.services, phone, code)):
        row.wrong_attempts += 1
        if row.wrong_attempts >= MAX_WRONG:
            row.wrong_attempts = 0
            row.blocked_until = now + timedelta(seconds=BLOCK_S)
        return INCORRECT
    # The row stays with no code in it, so that the next sending is still held back.
    row.code_digest, row.expires_at = "", now
    return None


async def _row(ctx: Ctx, phone: str) -> LoginCode | None:
    code: Any = LoginCode
    return await ctx.session.scalar(
        select(LoginCode)
        .where(code.organization_id == ctx.org_id, code.purpose == PURPOSE, code.phone == phone)
        .with_for_update()
    )


def _digest(services: Services, phone: str, code: str) -> str:
    # Six digits have little entropy: without the key, digests could be turned back.
    return digest(f"{services.config.secret_key}:{phone}:{code}")
