"""Whether the organization is writing to somebody (XEP-0085), as it does while a webhook runs."""

from __future__ import annotations

from app.core.context import Ctx
from app.domain.chat import accounts
from app.domain.chat.events import TypingChanged
from app.models import Organization


async def note_typing(ctx: Ctx, contact_id: int, state: str) -> None:
    """The contact's clients are told `composing` or `paused`, if they are there now.

    Emits TypingChanged, unless the contact has no account.
    """
    account = await accounts.account_for_contact(ctx, contact_id)
    org = await ctx.session.get(Organization, ctx.org_id)
    if account is not None and org is not None:
        ctx.emit(TypingChanged(account.id, f"{org.shortcode}@{account.domain}", state))
