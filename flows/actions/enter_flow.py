"""enter_flow: a child run, or the end of this one in favour of another flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from flows.actions.base import Action, Enter, Outcome, Ref, action, template_of, text_of
from flows.expressions.template import Template
from flows.step import Step
from flows.values import Json


@dataclass(frozen=True)
class EnterFlow(Action):
    """Glific: with the name "Expression" the flow is named or numbered by `expression`; a node whose
    exits are all unconnected is left for good."""

    type: ClassVar[str] = "enter_flow"

    flow_uuid: str
    flow_name: str
    terminal: bool
    expression: Template

    def run(self, step: Step) -> Outcome:
        uuid, name = self.flow_uuid, self.flow_name
        if self.expression.source:
            uuid = name = (step.exact(self.expression) or "").strip()
        # Glific's editor knows no terminal; a node that leads nowhere is meant by it
        is_last = self.terminal or (step.node.is_terminal and not step.is_goflow)
        return Enter(uuid, name, is_last)

    def refs(self) -> tuple[Ref, ...]:
        return () if self.expression.source else (Ref("flow", self.flow_uuid, self.flow_name),)


@action("enter_flow")
def read(data: Mapping[str, Json]) -> Action:
    flow = data.get("flow")
    flow = flow if isinstance(flow, dict) else {}
    name = text_of(flow, "name")
    return EnterFlow(
        uuid=text_of(data, "uuid"),
        flow_uuid=text_of(flow, "uuid"),
        flow_name=name,
        terminal=data.get("terminal") is True,
        expression=template_of(flow if name == "Expression" else {}, "expression"),
    )
