"""set_contact_channel: by which channel the contact is spoken to from now on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, text_of
from flows.directory import Channel
from flows.events.contact import ContactUrnsChanged
from flows.step import Step
from flows.urns import Urn, parse
from flows.values import Json


@dataclass(frozen=True)
class SetContactChannel(Action):
    """Without a channel the contact has no preference any more."""

    type: ClassVar[str] = "set_contact_channel"

    channel_uuid: str
    channel_name: str

    def run(self, step: Step) -> Outcome:
        channel = None
        if self.channel_uuid:
            channel = step.env.directory.channel(self.channel_uuid)
            if channel is None:
                step.missing("channel", self.channel_uuid, self.channel_name)
                return None
            if not channel.may_send:
                step.error("", f"nothing can be sent by the channel '{channel.name}'")
                return None
        urns = [urn for text in step.contact.urns if (urn := parse(text))]
        texts = tuple(str(urn) for urn in _preferring(urns, channel))
        if texts != step.contact.urns:
            step.change_contact(replace(step.contact, urns=texts), ContactUrnsChanged, urns=texts)
        return None

    def refs(self) -> tuple[Ref, ...]:
        if not self.channel_uuid:
            return ()
        return (Ref("channel", self.channel_uuid, self.channel_name),)


def _preferring(urns: Sequence[Urn], channel: Channel | None) -> list[Urn]:
    """Give the URNs with those of the channel first; phone numbers move from one channel to another."""
    if channel is None:
        return [replace(urn, channel="") for urn in urns]
    moved = [_moved(urn, channel) for urn in urns]
    return sorted(moved, key=lambda urn: urn.channel != channel.uuid)


def _moved(urn: Urn, channel: Channel) -> Urn:
    free = not urn.channel or urn.scheme == "tel"
    return replace(urn, channel=channel.uuid) if free and urn.scheme in channel.schemes else urn


@action("set_contact_channel")
def read(data: Mapping[str, Json]) -> Action:
    channel = data.get("channel")
    channel = channel if isinstance(channel, dict) else {}
    return SetContactChannel(
        text_of(data, "uuid"), text_of(channel, "uuid"), text_of(channel, "name")
    )
