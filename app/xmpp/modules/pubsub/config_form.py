"""XEP-0060 16.4.4: the configuration of a node as a form, and from one."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final

from app.domain.chat.pubsub import ACCESS, MAX_ITEMS, SEND_LAST, Config
from app.protocol.element import Element
from app.protocol.errors import StanzaError
from app.protocol.forms import FORM_TYPE, Field, as_bool, form, values
from app.protocol.number import read_number
from app.xmpp.modules.pubsub.names import NODE_CONFIG

#: Field of the form -> field of `Config`.
NAMES: Final = {
    "pubsub#access_model": "access",
    "pubsub#max_items": "max_items",
    "pubsub#persist_items": "is_persistent",
    "pubsub#send_last_published_item": "send_last",
    "pubsub#notify_retract": "is_notified_of_retract",
    "pubsub#title": "title",
}
#: Fields that clients send and that are so here in any case.
_FIXED: Final = frozenset(
    {
        "pubsub#deliver_notifications",
        "pubsub#deliver_payloads",
        "pubsub#notify_delete",
        "pubsub#notify_config",
        "pubsub#notify_sub",
        "pubsub#presence_based_delivery",
        "pubsub#publish_model",
        "pubsub#itemreply",
        "pubsub#notification_type",
        "pubsub#type",
        "pubsub#item_expire",
        FORM_TYPE,
    }
)


def as_form(config: Config) -> Element:
    """8.2.1: what may be chosen, and what is."""
    shown = []
    for var, name in NAMES.items():
        value: Any = getattr(config, name)
        if isinstance(value, bool):
            shown.append(Field(var, ("1" if value else "0",), "boolean"))
        elif name in {"access", "send_last"}:
            choices = ACCESS if name == "access" else SEND_LAST
            options = tuple((choice, choice) for choice in sorted(choices))
            shown.append(Field(var, (value,), "list-single", options=options))
        else:
            shown.append(Field(var, (str(value),)))
    return form("form", NODE_CONFIG, shown)


def read(element: Element | None, default: Config) -> tuple[Config, tuple[str, ...]]:
    """The configuration that a form asks for, and which fields of it were named.

    Raises not-acceptable for a field that no node has.
    """
    given = values(element) if element is not None else {}
    changes: dict[str, Any] = {}
    for var, texts in given.items():
        if var in _FIXED:
            continue
        if var not in NAMES:
            raise StanzaError("not-acceptable", text=f"No node has {var}.")
        changes[NAMES[var]] = _value(NAMES[var], texts[0] if texts else "", default)
    return replace(default, **changes), tuple(sorted(changes))


def _value(name: str, text: str, default: Config) -> Any:
    was = getattr(default, name)
    if isinstance(was, bool):
        return as_bool(text, was)
    if name == "max_items":
        # 16.4.4: "max" is as many as the service allows, and nobody has more.
        number = read_number(text, MAX_ITEMS)
        return MAX_ITEMS if number is None else number
    if name == "access" and text not in ACCESS:
        raise StanzaError("not-acceptable", text=f"The access model {text} is not offered.")
    return text


assert set(NAMES.values()) == {field.name for field in fields(Config)}
