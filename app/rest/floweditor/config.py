"""What the editor is told when a flow is opened: endpoints, and what this product can do."""

from __future__ import annotations

from typing import Any

from app.models import Flow

_BASE = "/flow-editor"

#: Nodes that are drawn in other products only.
EXCLUDED_TYPES = (
    "add_contact_urn", "send_email", "call_resthook", "transfer_airtime", "split_by_scheme",
    "split_by_intent", "call_classifier", "link_google_sheet", "open_ticket",
    "set_wa_group_field", "set_contact_profile",
)  # fmt: skip
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
    "topics": "labels",
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


def config_of(flow: Flow, *, is_mutable: bool) -> dict[str, Any]:
    """The configuration for one flow. Paths begin with /; the page puts its origin before them."""
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
        "attachmentsEnabled": False,
        "filters": ["whatsapp", "start_session", "groups"],
        "skipValidation": flow.skip_validation,
        "excludeTypes": list(EXCLUDED_TYPES),
        "excludeOperators": list(EXCLUDED_OPERATORS),
        "help": {},
        "endpoints": endpoints,
    }
