"""Cards of accounts (XEP-0054), with the hash of the photo that presence carries (XEP-0153)."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.context import Ctx
from app.domain.chat.events import AccountChanged
from app.models.chat import ChatAccount, ChatVcard
from app.protocol import ns
from app.protocol.element import Element, child, child_text
from app.protocol.xmlio import serialise


async def find_vcard(ctx: Ctx, account_id: int) -> str | None:
    """The card as XML, None for an account without."""
    statement = select(ChatVcard.xml).where(
        col(ChatVcard.account_id) == account_id, col(ChatVcard.organization_id) == ctx.org_id
    )
    return (await ctx.session.scalars(statement)).one_or_none()


async def set_vcard(ctx: Ctx, account: ChatAccount, vcard: Element) -> None:
    """The account has exactly this card. Emits AccountChanged."""
    now = ctx.clock.now()
    values = {"xml": serialise(vcard), "photo_sha1": photo_sha1(vcard), "updated_at": now}
    whose = {"organization_id": ctx.org_id, "account_id": account.id, "inserted_at": now}
    made = insert(ChatVcard).values(**whose, **values)
    await ctx.session.execute(
        made.on_conflict_do_update(constraint="uq_chat_vcards_account_id", set_=values)
    )
    ctx.emit(AccountChanged(f"{account.username}@{account.domain}"))


def photo_sha1(vcard: Element) -> str:
    """XEP-0153 3.1: the SHA-1 of the photo's bytes in hex, "" for a card without a photo."""
    photo = child(vcard, "PHOTO", ns.VCARD)
    encoded = child_text(photo, "BINVAL") if photo is not None else None
    try:
        data = b64decode("".join((encoded or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    # A name for the picture, not a guard: XEP-0153 says which hash.
    return hashlib.sha1(data, usedforsecurity=False).hexdigest() if data else ""
