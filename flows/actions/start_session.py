"""start_session: other contacts and groups start a flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, text_of
from flows.actions.recipients import Found, Recipients, find_recipients, read_recipients
from flows.actions.references import refs_of
from flows.context import summary_of
from flows.events.outside import SessionTriggered
from flows.expressions.template import Template
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class StartSession(Action):
    """Refused once sessions have started one another too often without a human in between.

    A session that was one of many may start no group and no query: that would never end.
    """

    type: ClassVar[str] = "start_session"

    flow_uuid: str
    flow_name: str
    recipients: Recipients
    create_contact: bool
    exclude_in_a_flow: bool

    def run(self, step: Step) -> Outcome:
        scene, limits = step.scene, step.env.limits
        target = scene.assets.flow(self.flow_uuid)
        if target is None:
            step.missing("flow", self.flow_uuid, self.flow_name)
            return None
        found = find_recipients(step, self.recipients)
        if scene.state.trigger.get("batch") and (found.groups or found.query):
            step.error("", "a session that was started with others may start no groups or queries")
            return None
        if scene.child_history().ancestors_since_input > limits.ancestors_since_input:
            step.error("ancestor_limit", "too many sessions have been spawned since the last input")
            return None
        if found.is_empty and not self.create_contact:
            return None
        self._tell(step, target.name, found)
        return None

    def _tell(self, step: Step, name: str, found: Found) -> None:
        step.emit(
            SessionTriggered,
            target_flow_uuid=self.flow_uuid,
            target_flow_name=name,
            contacts=found.contacts,
            groups=found.groups,
            contact_query=found.query,
            urns=found.urns,
            create_contact=self.create_contact,
            exclude_in_a_flow=self.exclude_in_a_flow,
            run_summary=summary_of(step.scene, step.run),
            history=step.scene.child_history(),
        )

    def refs(self) -> tuple[Ref, ...]:
        people = self.recipients
        flow = Ref("flow", self.flow_uuid, self.flow_name)
        return (flow, *refs_of("contact", people.contacts), *refs_of("group", people.groups))

    def templates(self) -> Iterator[Template]:
        yield from self.recipients.templates()


@action("start_session")
def read(data: Mapping[str, Json]) -> Action:
    flow, exclusions = data.get("flow"), data.get("exclusions")
    flow = flow if isinstance(flow, dict) else {}
    return StartSession(
        uuid=text_of(data, "uuid"),
        flow_uuid=text_of(flow, "uuid"),
        flow_name=text_of(flow, "name"),
        recipients=read_recipients(data),
        create_contact=data.get("create_contact") is True,
        exclude_in_a_flow=isinstance(exclusions, dict) and exclusions.get("in_a_flow") is True,
    )
