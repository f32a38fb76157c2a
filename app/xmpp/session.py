"""A bound resource, and what routing and modules may know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from app.protocol.element import Element
from app.protocol.jid import Jid
from app.protocol.xmlio import serialise


class Outlet(Protocol):
    """Where a session's stanzas go: a connection."""

    def send(self, text: str) -> None:
        """The text is queued for the client; a client that is too slow is cut off."""

    def close(self, condition: str, text: str | None = None) -> None:
        """The stream ends with this error (RFC 6120 4.9.3) and the connection after it."""


class Session:
    """One bound resource on this node."""

    __slots__ = (
        "account_id",
        "carbons",
        "contact_id",
        "data",
        "directed",
        "hold",
        "jid",
        "org_id",
        "outlet",
        "presence",
        "priority",
        "roster_requested",
    )

    def __init__(
        self, jid: Jid, *, org_id: int, account_id: int, contact_id: int | None, outlet: Outlet
    ) -> None:
        self.jid = jid
        self.org_id = org_id
        self.account_id = account_id
        self.contact_id = contact_id
        self.outlet = outlet
        #: The last available presence, None before the first and after unavailable.
        self.presence: Element | None = None
        #: RFC 6121 4.7.2.3; meaningful while `presence` is not None.
        self.priority = 0
        #: XEP-0280 4: whether copies were asked for.
        self.carbons = False
        #: RFC 6121 2.2: an interested resource gets roster pushes.
        self.roster_requested = False
        #: RFC 6121 4.6: who was sent available presence directly, for the goodbye.
        self.directed: set[Jid] = set()
        #: XEP-0352 4: takes what the client need not have now; False lets it pass.
        self.hold: Callable[[str], bool] | None = None
        #: What modules keep of this session, by module name.
        self.data: dict[str, Any] = {}

    @property
    def is_available(self) -> bool:
        """RFC 6121 4.2: whether presence was sent and not taken back."""
        return self.presence is not None

    @property
    def is_over(self) -> bool:
        """Whether the socket is gone and nothing that is sent reaches anybody."""
        return getattr(self.outlet, "is_over", False)

    @property
    def sent_count(self) -> int | None:
        """XEP-0198 4: the number of the last stanza that was sent; None where nobody acknowledges."""
        return getattr(self.outlet, "sent_count", None)

    def send(self, stanza: Element | str) -> None:
        """The stanza is queued for this client as it is; `to` should be this resource or account."""
        text = stanza if isinstance(stanza, str) else serialise(stanza)
        if self.hold is None or not self.hold(text):
            self.outlet.send(text)

    def close(self, condition: str, text: str | None = None) -> None:
        """The session's stream ends with this error."""
        self.outlet.close(condition, text)


class Elsewhere(Protocol):
    """A session of another node."""

    @property
    def jid(self) -> Jid:
        """Its full address."""

    @property
    def priority(self) -> int | None:
        """None before presence."""


class Sessions(Protocol):
    """The sessions of this node, and what is known of other nodes'."""

    def online(self, bare: Jid) -> list[Session]:
        """Every bound session of the account on this node, available or not."""

    def available(self, bare: Jid) -> list[Session]:
        """The sessions of the account on this node that have sent presence."""

    def find(self, full: Jid) -> Session | None:
        """The session on this node with exactly this address."""

    def of_account(self, account_id: int) -> list[Session]:
        """Every bound session of the account on this node, by the account's id."""

    def remote(self, bare: Jid) -> Sequence[Elsewhere]:
        """The account's sessions on other nodes."""

    def is_online_anywhere(self, bare: Jid) -> bool:
        """Whether any node has an available session of the account."""

    def __iter__(self) -> Iterator[Session]:
        """Every session of this node."""

    def __len__(self) -> int:
        """How many sessions this node has."""
