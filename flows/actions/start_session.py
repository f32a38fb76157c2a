"""start_session: other contacts and groups start a flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, list_of, text_of
from flows.actions.references import NamedRef, find_groups, read_refs, refs_of
from flows.context import summary_of
from flows.events.outside import SessionTriggered
from flows.step import Step
from flows.triggers import History
from flows.values import Json


@dataclass(frozen=True)
class StartSession(Action):
    """Refused once sessions have started one another too often without a human in between."""

    type: ClassVar[str] = "start_session"

    flow_uuid: str
    flow_name: str
    contacts: tuple[NamedRef, ...]
    groups: tuple[NamedRef, ...]
    urns: tuple[str, ...]
    create_contact: bool
    exclude_in_a_flow: bool

    def run(self, step: Step) -> Outcome:
        scene, limits = step.scene, step.env.limits
        history = scene.history()
        if history.ancestors_since_input >= limits.ancestors_since_input:
            step.error("ancestor_limit", "too many sessions have been spawned since the last input")
            return None
        target = scene.assets.flow(self.flow_uuid)
        if target is None:
            step.error("dependency:missing", f"missing flow '{self.flow_name}'")
            return None
        groups = find_groups(step, self.groups)
        contacts = tuple(item.uuid for item in self.contacts if item.uuid)
        if not (contacts or groups or self.urns or self.create_contact):
            return None
        step.emit(
            SessionTriggered,
            target_flow_uuid=target.uuid,
            target_flow_name=target.name,
            contacts=contacts[: limits.broadcast_recipients],
            groups=tuple(group.uuid for group in groups),
            urns=self.urns[: limits.broadcast_recipients],
            create_contact=self.create_contact,
            exclude_in_a_flow=self.exclude_in_a_flow,
            run_summary=summary_of(scene, step.run),
            history=History(
                history.ancestors + 1, history.ancestors_since_input + 1, scene.state.uuid
            ),
        )
        return None

    def refs(self) -> tuple[Ref, ...]:
        flow = Ref("flow", self.flow_uuid, self.flow_name)
        return (flow, *refs_of("contact", self.contacts), *refs_of("group", self.groups))


@action("start_session")
def read(data: Mapping[str, Json]) -> Action:
    flow, exclusions = data.get("flow"), data.get("exclusions")
    flow = flow if isinstance(flow, dict) else {}
    return StartSession(
        uuid=text_of(data, "uuid"),
        flow_uuid=text_of(flow, "uuid"),
        flow_name=text_of(flow, "name"),
        contacts=read_refs(data, "contacts"),
        groups=read_refs(data, "groups"),
        urns=tuple(str(urn) for urn in list_of(data, "urns")),
        create_contact=data.get("create_contact") is True,
        exclude_in_a_flow=isinstance(exclusions, dict) and exclusions.get("in_a_flow") is True,
    )
