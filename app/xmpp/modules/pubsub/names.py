"""What the parts of personal eventing share: namespaces, and a request as they are given it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.chat.people import Person
from app.domain.chat.pubsub import Reader
from app.protocol import ns
from app.protocol.element import Element, child
from app.protocol.errors import StanzaError
from app.xmpp.module import Host, Iq
from app.xmpp.session import Session

OWNER: Final = f"{ns.PUBSUB}#owner"
EVENT: Final = f"{ns.PUBSUB}#event"
ERRORS: Final = f"{ns.PUBSUB}#errors"
NODE_CONFIG: Final = f"{ns.PUBSUB}#node_config"
PUBLISH_OPTIONS: Final = f"{ns.PUBSUB}#publish-options"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the service of `person`."""

    host: Host
    iq: Iq
    session: Session
    person: Person
    reader: Reader

    def part(self, name: str) -> Element | None:
        """The child of `<pubsub/>` of that name."""
        return child(self.iq.child, name)

    def node_of(self, part: Element) -> str:
        """The node that a part names. Raises bad-request (nodeid-required)."""
        node = part.get("node")
        if not node:
            raise StanzaError("bad-request", "modify", "Name the node.")
        return node
