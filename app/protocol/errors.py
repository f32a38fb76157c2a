"""The two faults of XMPP: one ends a stanza, the other ends the stream."""

from __future__ import annotations

from typing import Final

from app.protocol.element import Element

#: RFC 6120 8.3.3: the type that goes with a condition unless the raiser knows better.
ERROR_TYPES: Final[dict[str, str]] = {
    "bad-request": "modify",
    "conflict": "cancel",
    "feature-not-implemented": "cancel",
    "forbidden": "auth",
    "gone": "cancel",
    "internal-server-error": "cancel",
    "item-not-found": "cancel",
    "jid-malformed": "modify",
    "not-acceptable": "modify",
    "not-allowed": "cancel",
    "not-authorized": "auth",
    "payment-required": "auth",
    "policy-violation": "modify",
    "recipient-unavailable": "wait",
    "redirect": "modify",
    "registration-required": "auth",
    "remote-server-not-found": "cancel",
    "remote-server-timeout": "wait",
    "resource-constraint": "wait",
    "service-unavailable": "cancel",
    "subscription-required": "auth",
    "undefined-condition": "cancel",
    "unexpected-request": "wait",
}


class StanzaError(Exception):
    """A stanza cannot be served: RFC 6120 8.3. The stream goes on.

    `detail` is an application's own condition (8.3.4).
    """

    def __init__(
        self,
        condition: str,
        type: str | None = None,
        text: str | None = None,
        detail: Element | None = None,
    ) -> None:
        super().__init__(condition)
        self.condition = condition
        self.type = type or ERROR_TYPES.get(condition, "cancel")
        self.text = text
        self.detail = detail


class StreamError(Exception):
    """The stream cannot go on: RFC 6120 4.9. It is told and closed.

    `detail` is an application's own condition (4.9.4).
    """

    def __init__(
        self,
        condition: str,
        text: str | None = None,
        *,
        detail: Element | None = None,
    ) -> None:
        super().__init__(condition)
        self.condition = condition
        self.text = text
        self.detail = detail
