"""One field of an account's card (XEP-0054 3), read and written by name, as administrators do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.chat import vcards
from app.models.chat import ChatAccount
from app.protocol import ns
from app.protocol.element import Element, add, children, make
from app.protocol.xmlio import parse

#: Values of one field, and characters of one: a photo is no field to type.
MAX_VALUES: Final = 100
MAX_CHARS: Final = 4096


async def get_values(ctx: Ctx, account_id: int, name: str, part: str = "") -> list[str]:
    """What the card says under `name` ("NICKNAME"), or in its `part` ("N", "FAMILY"), in order."""
    _check_names(name, part)
    text = await vcards.find_vcard(ctx, account_id)
    fields = children(parse(text), name, ns.VCARD) if text else []
    if part:
        fields = [found for field in fields for found in children(field, part, ns.VCARD)]
    return [field.text or "" for field in fields]


async def set_values(
    ctx: Ctx, account: ChatAccount, name: str, values: Sequence[str], part: str = ""
) -> None:
    """The card says exactly this there, and all else that it said. Raises Invalid.

    Without a part each value is a field of its own; with one they are parts of the first field of
    the name, whose other parts stay. Emits AccountChanged.
    """
    _check_names(name, part)
    if len(values) > MAX_VALUES or any(len(value) > MAX_CHARS for value in values):
        raise Invalid("content", f"are at most {MAX_VALUES} of at most {MAX_CHARS} characters")
    text = await vcards.find_vcard(ctx, account.id)
    card = parse(text) if text else make("vCard", ns.VCARD)
    if part:
        found = list(children(card, name, ns.VCARD))
        _replace(found[0] if found else add(card, name), part, values)
    else:
        _replace(card, name, values)
    await vcards.set_vcard(ctx, account, card)


def _replace(parent: Element, name: str, values: Sequence[str]) -> None:
    for old in list(children(parent, name, ns.VCARD)):
        parent.remove(old)
    for value in values:
        add(parent, name, text=value)


def _check_names(name: str, part: str) -> None:
    for given in (name, part or "X"):
        if not given.isascii() or not given.replace("-", "").isalnum() or not given[0].isalpha():
            raise Invalid("name", "is the name of a vCard field, such as NICKNAME")
