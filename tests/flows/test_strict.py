"""What the specification forbids is refused where flows are read strictly, and nowhere else."""

from __future__ import annotations

import pytest

from flows import FlowInvalid, compile_flow
from flows.values import Json
from tests.flows.build import definition, flow

UUID = "ad154980-7bf7-4ab8-8728-545fd6378912"
REF = {"uuid": UUID, "name": "x"}
GOOD: dict[str, dict[str, Json]] = {
    "add_contact_groups": {"groups": [REF, {"name_match": "@x"}]},
    "add_contact_urn": {"scheme": "tel", "path": "1"},
    "add_input_labels": {"labels": [REF]},
    "call_classifier": {"classifier": REF, "input": "@input", "result_name": "R"},
    "call_webhook": {"method": "GET", "url": "http://x", "headers": {"Accept": "x"}, "body": ""},
    "enter_flow": {"flow": REF},
    "open_ticket": {"topic": None, "assignee": {"email": "x"}, "note": ""},
    "remove_contact_groups": {"groups": [], "all_groups": True},
    "request_optin": {"optin": REF},
    "send_broadcast": {"text": "x", "groups": [REF]},
    "send_email": {"addresses": ["a"], "subject": "s", "body": "b"},
    "send_msg": {"text": "x", "quick_replies": [{"text": "a"}, "b"]},
    "set_contact_channel": {"channel": None},
    "set_contact_field": {"field": {"key": "a", "name": "A"}, "value": ""},
    "set_contact_status": {"status": "active"},
    "set_run_local": {"local": "a_1", "operation": "set"},
    "set_run_result": {"name": "A", "value": "", "category": ""},
    "start_session": {"flow": REF, "contacts": [REF]},
}


def read(action: dict[str, Json], *, strict: bool = True) -> None:
    exits = [{"uuid": "e"}]
    raw = definition({"uuid": "n", "actions": [{"uuid": UUID, **action}], "exits": exits})
    compile_flow(raw, strict=strict)


@pytest.mark.parametrize("kind", GOOD)
def test_what_the_specification_allows_is_read(kind: str) -> None:
    read({"type": kind, **GOOD[kind]})


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("add_contact_groups", {"groups": []}),
        ("add_contact_groups", {"groups": [{"uuid": "12"}]}),
        ("add_contact_groups", {"groups": ["x"]}),
        ("add_contact_groups", {"groups": [{"name": "x"}]}),
        ("add_contact_urn", {"scheme": "pigeon"}),
        ("call_webhook", {"method": "SEND"}),
        ("call_webhook", {"headers": {"Accept:": "x"}}),
        ("call_webhook", {"headers": {"A" * 101: "x"}}),
        ("call_webhook", {"headers": {f"A{n}": "x" for n in range(11)}}),
        ("call_webhook", {"result_name": "x" * 65}),
        ("remove_contact_groups", {"groups": [REF], "all_groups": True}),
        ("send_email", {"addresses": [""]}),
        ("send_msg", {"text": ""}),
        ("send_msg", {"quick_replies": ["x" * 1001]}),
        ("send_msg", {"attachments": ["x"] * 11}),
        ("set_contact_status", {"status": "drunk"}),
        ("set_run_local", {"local": "My Var"}),
        ("set_run_local", {"operation": "double"}),
        ("set_run_result", {"name": "!!"}),
        ("set_run_result", {"uuid": "x"}),
    ],
)
def test_what_it_forbids_is_refused_only_when_asked(kind: str, change: dict[str, Json]) -> None:
    action = {"type": kind, **GOOD[kind], **change}

    with pytest.raises(FlowInvalid):
        read(action)
    if "uuid" not in change:
        read(action, strict=False)


def router(**change: Json) -> dict[str, Json]:
    category = {"uuid": "c", "name": "All", "exit_uuid": "e"}
    given = {
        "type": "switch",
        "operand": "@input",
        "categories": [category],
        "default_category_uuid": "c",
        "cases": [{"uuid": "t", "type": "has_text", "category_uuid": "c"}],
    }
    return {"uuid": "n", "actions": [], "router": given | change, "exits": [{"uuid": "e"}]}


@pytest.mark.parametrize(
    "change",
    [
        {"categories": []},
        {"operand": ""},
        {"result_name": "?"},
        {"categories": [{"uuid": "c", "name": "x" * 37, "exit_uuid": "e"}]},
        {"cases": [{"uuid": "t", "type": "has_phrase", "arguments": [], "category_uuid": "c"}]},
    ],
)
def test_a_router_is_held_to_the_specification_too(change: dict[str, Json]) -> None:
    compile_flow(definition(router()), strict=True)

    with pytest.raises(FlowInvalid):
        compile_flow(definition(router(**change)), strict=True)
    assert flow({"uuid": "n", "actions": [], "exits": []}).nodes
