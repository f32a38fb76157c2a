"""What an organization has besides its flows' assets: ways to contacts, staff, places, smart groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.locations import Locations
from flows.urns import Urn
from flows.values import GroupRef


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to contacts. `country` is ISO 3166 alpha-2, or "" for one that is not of a country."""

    uuid: str
    name: str
    address: str = ""
    schemes: tuple[str, ...] = ("tel",)
    roles: tuple[str, ...] = ("send", "receive")
    country: str = ""

    @property
    def may_send(self) -> bool:
        return "send" in self.roles


@dataclass(frozen=True, slots=True)
class Topic:
    """What a ticket can be about."""

    uuid: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of the staff."""

    uuid: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Classifier:
    """A service that tells what a text is meant to say."""

    uuid: str
    name: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Small lists that are the same during a sprint.

    Without any channel the engine leaves the way of a message to the host. `smart_groups` are the groups
    with a query: who is in them follows from the contact. `blocked_hosts` are never called by webhooks.
    """

    channels: tuple[Channel, ...] = ()
    topics: tuple[Topic, ...] = ()
    users: tuple[User, ...] = ()
    classifiers: tuple[Classifier, ...] = ()
    smart_groups: tuple[GroupRef, ...] = ()
    locations: Locations = Locations()
    blocked_hosts: tuple[str, ...] = ()

    def channel(self, uuid: str) -> Channel | None:
        return next((item for item in self.channels if item.uuid == uuid), None)

    def topic(self, ref: str) -> Topic | None:
        """Find a topic by its uuid or its name."""
        low = ref.lower()
        return next((t for t in self.topics if t.uuid == ref or t.name.lower() == low), None)

    def default_topic(self) -> Topic:
        """Give the topic of tickets that name none: General, else the first there is."""
        general = self.topic("General")
        return general or next(iter(self.topics), Topic("", "General"))

    def user(self, ref: str) -> User | None:
        """Find somebody of the staff by uuid or e-mail address."""
        low = ref.lower()
        return next((u for u in self.users if u.uuid == ref or u.email.lower() == low), None)

    def classifier(self, uuid: str) -> Classifier | None:
        return next((item for item in self.classifiers if item.uuid == uuid), None)

    def route(self, urns: Sequence[Urn]) -> tuple[Urn, Channel] | None:
        """Give the first URN that something can be sent to, and by which channel."""
        for urn in urns:
            channel = self.channel(urn.channel) if urn.channel else None
            if channel is None or not channel.may_send:
                channel = self._sender(urn)
            if channel is not None:
                return urn, channel
        return None

    def _sender(self, urn: Urn) -> Channel | None:
        fit = [c for c in self.channels if c.may_send and urn.scheme in c.schemes]
        if urn.scheme != "tel" or not fit:
            return next(iter(fit), None)
        # the channel whose number begins most like the contact's
        return max(fit, key=lambda channel: _common(channel.address, urn.path))


def _common(one: str, other: str) -> int:
    one, other = one.lstrip("+"), other.lstrip("+")
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    return same
