"""What nodes of services need, and which of them the organization has not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.context import Ctx
from app.domain.classifiers.service import find_classifier
from flows import Flow, Problem
from flows.actions.call_webhook import CallWebhookAction

#: Functions that a webhook with the method FUNCTION names -> the setting that each needs, if any.
FUNCTIONS: Mapping[str, str] = {
    "check_response": "",
    "geolocation": "geocoder_url",
    "get_buttons": "",
}
#: Type of an action that needs a service -> what is to be done where there is none.
_REMEDIES: Mapping[str, str] = {
    "call_classifier": "an administrator sets a classifier up under Settings",
    "send_email": "the installation needs SMTP_URL",
}


async def find_lacking(ctx: Ctx) -> frozenset[str]:
    """Types of actions that go by Failure whenever they are come to, for want of a service."""
    has = {
        "call_classifier": await find_classifier(ctx) is not None,
        "send_email": bool(ctx.services.config.smtp_url),
    }
    return frozenset(kind for kind, is_there in has.items() if not is_there)


async def check_services(ctx: Ctx, flow: Flow) -> list[Problem]:
    """A warning for each node whose service is not there, and for functions that nobody knows."""
    lacking = await find_lacking(ctx)
    config = ctx.services.config
    there = {name for name, need in FUNCTIONS.items() if not need or getattr(config, need)}
    return list(dict.fromkeys([*_missing(flow, lacking), *_unknown_functions(flow, there)]))


def _missing(flow: Flow, lacking: frozenset[str]) -> Iterator[Problem]:
    for node in flow.nodes:
        for action in node.actions:
            if action.type in lacking:
                text = (
                    f"Node {node.uuid[-4:]} goes by Failure: {action.type} cannot be carried "
                    f"out, {_REMEDIES[action.type]}"
                )
                yield Problem("Warning", "service:missing", text, node.uuid, action.uuid)


def _unknown_functions(flow: Flow, there: set[str]) -> Iterator[Problem]:
    for node in flow.nodes:
        for action in node.actions:
            if not isinstance(action, CallWebhookAction) or action.method != "FUNCTION":
                continue
            name = action.url.source.strip()
            if action.url.is_constant and name not in there:
                text = (
                    f'Node {node.uuid[-4:]} goes by Failure: there is no function "{name[:100]}" '
                    f"here; there are: {', '.join(sorted(there))}"
                )
                yield Problem("Warning", "function:missing", text, node.uuid, action.uuid)
