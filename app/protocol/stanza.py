"""Stanzas: what RFC 6120 8 says of message, presence and iq."""

from __future__ import annotations

from typing import Final

from app.protocol import ns
from app.protocol.element import Element, add, copy, make, name_of
from app.protocol.errors import StanzaError

MESSAGE: Final = f"{{{ns.CLIENT}}}message"
PRESENCE: Final = f"{{{ns.CLIENT}}}presence"
IQ: Final = f"{{{ns.CLIENT}}}iq"
STANZAS: Final = frozenset({MESSAGE, PRESENCE, IQ})

#: RFC 6120 8.2.3, RFC 6121 4.7.1 and 5.2.2: the types of each kind.
IQ_TYPES: Final = frozenset({"get", "set", "result", "error"})
PRESENCE_TYPES: Final = frozenset(
    {"unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "error"}
)
MESSAGE_TYPES: Final = frozenset({"chat", "error", "groupchat", "headline", "normal"})


def message_type(stanza: Element) -> str:
    """RFC 6121 5.2.2: an absent or unknown type is "normal"."""
    given = stanza.get("type", "normal")
    return given if given in MESSAGE_TYPES else "normal"


def iq_type(iq: Element) -> str:
    """RFC 6120 8.2.3: one of IQ_TYPES. Raises StanzaError for another, and for none."""
    given = iq.get("type", "")
    if given not in IQ_TYPES:
        raise StanzaError("bad-request", "modify", "An iq is of type get, set, result or error.")
    return given


def is_request(stanza: Element) -> bool:
    """Whether it is an iq that must be answered (RFC 6120 8.2.3)."""
    return stanza.tag == IQ and stanza.get("type") in {"get", "set"}


def request_child(iq: Element) -> Element:
    """The child of an iq get or set. Raises StanzaError unless the iq is whole: RFC 6120 8.2.3."""
    if not iq.get("id"):
        raise StanzaError("bad-request", "modify", "An iq has an id.")
    if len(iq) != 1:
        raise StanzaError(
            "bad-request", "modify", "An iq of type get or set holds exactly one child."
        )
    return iq[0]


def reply(stanza: Element, *payload: Element, type: str | None = "result") -> Element:
    """A stanza of the same kind and id, back to where `stanza` came from."""
    answer = make(name_of(stanza), ns.CLIENT)
    for mine, theirs in (("from", "to"), ("to", "from"), ("id", "id")):
        value = stanza.get(theirs)
        if value is not None:
            answer.set(mine, value)
    if type is not None:
        answer.set("type", type)
    answer.extend(payload)
    return answer


def error_reply(stanza: Element, error: StanzaError) -> Element:
    """RFC 6120 8.3.1, 8.3.2: the stanza's error, for its sender. The payload is not sent back."""
    answer = reply(stanza, type="error")
    answer.append(error_element(error))
    return answer


def may_be_answered(stanza: Element) -> bool:
    """RFC 6120 8.3.1: an error never answers an error, and 8.2.3: nothing answers a result."""
    kind = stanza.get("type")
    return kind != "error" and not (stanza.tag == IQ and kind == "result")


def error_element(error: StanzaError) -> Element:
    """RFC 6120 8.3.2: `<error/>` with its defined condition and text."""
    element = make("error", ns.CLIENT, {"type": error.type})
    add(element, error.condition, ns.STANZAS)
    if error.text:
        text = add(element, "text", ns.STANZAS, text=error.text)
        text.set(f"{{{ns.XML}}}lang", "en")
    if error.detail is not None:
        element.append(copy(error.detail))
    return element
