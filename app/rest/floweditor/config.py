"""What the editor is told when a flow is opened: endpoints, and what this product can do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.models import Flow

_BASE = "/flow-editor"

#: Nodes that are drawn in other products only.
EXCLUDED_TYPES = (
    "add_contact_urn", "call_resthook", "transfer_airtime", "split_by_scheme", "set_wa_group_field",
)  # fmt: skip
#: Nodes that need a service: action -> what the editor calls them. Without it each goes by Failure.
NEEDED = {
    "send_email": ("send_email",),
    "call_classifier": ("split_by_intent", "call_classifier"),
}
#: What the editor shows beside the common nodes; the classifier where there is one.
FILTERS = ("whatsapp", "start_session", "groups", "profile", "ticketer")
#: The topic of a ticket for which nobody has chosen one.
DEFAULT_TOPIC = {"uuid": "8f6a3c1e-2d47-4c55-9d0b-1f0a6f1f7d11", "name": "General"}
#: Cases that Glific hides, since authors of its flows do without them.
EXCLUDED_OPERATORS = (
    "has_text", "has_number_lt", "has_number_lte", "has_number_gte", "has_number_gt", "has_date",
    "has_date_lt", "has_date_eq", "has_date_gt", "has_time", "has_group", "has_category",
    "has_state", "has_state_category", "has_district", "has_ward", "has_error", "has_value",
)  # fmt: skip
#: Endpoint of the configuration -> path.
_PATHS = {
    "globals": "globals",
    "groups": "groups",
    "fields": "fields?scope=contact",
    "waGroupFields": "fields?scope=wa_group",
    "labels": "labels",
    "optins": "optins",
    "channels": "channels",
    "classifiers": "classifiers",
    "ticketers": "ticketers",
    "resthooks": "resthooks",
    "templates": "templates",
    "topics": "topics",
    "users": "users",
    "flows": "flows",
    "sheets": "sheets",
    "recents": "recents/",
    "languages": "languages",
    "environment": "environment",
    "recipients": "recipients",
    "contacts": "recipients",
    "functions": "functions",
    "completion": "completion",
    "attachments": "flow-attachment",
    "activity": "activity",
    "validateMedia": "validate-media",
    "interactives": "interactive-templates",
    "simulateStart": "simulate/start",
    "simulateResume": "simulate/resume",
}


def config_of(flow: Flow, lacking: Collection[str], *, is_mutable: bool) -> dict[str, Any]:
    """The configuration for one flow. Paths begin with /; the page puts its origin before them.

    Nodes of `lacking` actions are not offered: there is nothing to carry them out.
    """
    hidden = [kind for action, kinds in NEEDED.items() if action in lacking for kind in kinds]
    endpoints: dict[str, str | None] = {name: f"{_BASE}/{path}" for name, path in _PATHS.items()}
    endpoints["revisions"] = f"{_BASE}/revisions/{flow.uuid}"
    endpoints["contact"] = "/chat/"
    endpoints["editor"] = "/flows"
    if not is_mutable:
        endpoints["simulateStart"] = endpoints["simulateResume"] = None
    return {
        "flow": flow.uuid,
        "flowType": "messaging",
        "localStorage": True,
        "mutable": is_mutable,
        "showNodeLabel": True,
        "attachmentsEnabled": True,
        "filters": [*FILTERS, *([] if "call_classifier" in lacking else ["classifier"])],
        "skipValidation": flow.skip_validation,
        "excludeTypes": [*EXCLUDED_TYPES, *hidden],
        "excludeOperators": list(EXCLUDED_OPERATORS),
        "defaultTopic": DEFAULT_TOPIC,
        "help": {},
        "endpoints": endpoints,
    }
