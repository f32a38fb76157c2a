"""Where examples are run: one contact, one flow that has asked his age, and results of a classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flows.contact import Contact, FieldValue, Profile
from flows.conversations.surroundings import assets_of
from flows.definition.compile import compile_flow
from flows.directory import Channel, Classifier, Directory, Topic
from flows.environment import Environment
from flows.expressions.scope import Scope
from flows.expressions.template import compile_template
from flows.locations import Locations, make_place
from flows.simulator import Conversation
from flows.stimuli import MsgReceived
from flows.trace_text import told
from flows.values import GroupRef, Json, Language

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
SURROUNDINGS = Environment(
    NOW,
    str,
    timezone="Asia/Kolkata",
    languages=(Language("en", "English"), Language("hi", "Hindi")),
    directory=Directory(
        channels=(Channel("c1", "Chat"),),
        topics=(Topic("t1", "General"),),
        classifiers=(Classifier("k1", "Booking"),),
        locations=Locations(
            (
                make_place(
                    "India",
                    (),
                    make_place("Bihar", (), make_place("Patna", (), make_place("Rampur"))),
                ),
            )
        ),
    ),
)
CONTACT = Contact(
    uuid="5a4eb79e-1111-4ae5-b2a2-7ee3d0a5c3c1",
    id="7",
    name="Asha Devi",
    phone="919876543210",
    language="en",
    urns=("tel:+919876543210",),
    groups=(GroupRef("registered", "3", "Registered"),),
    fields={"village": FieldValue("Rampur", "Village", inserted_at=NOW)},
    created_on=NOW,
    profiles=(Profile("1", "Asha Devi", is_current=True), Profile("2", "Ravi")),
    properties={"optin_method": "BSP", "optout_time": None},
)
#: Results that the flow begins with.
RESULTS: Mapping[str, Json] = {
    "age": {"value": "34", "input": "I am 34", "category": "Adult"},
    "said": {
        "value": "book",
        "input": "a bed please",
        "category": "Success",
        "extra": {
            "intents": [
                {"name": "book", "confidence": 0.9},
                {"name": "cancel", "confidence": 0.2},
            ]
        },
    },
}
#: What a trace says of every visit; an action's page need not.
_USUAL = frozenset(
    "turn node_entered action expression case route exit_taken run_ended end msg_received".split()
)


def give(source: str) -> str:
    """Give what an expression without its `@( )` gives as text."""
    template = compile_template(f"@({source})")
    text, errors = template.text(Scope(SURROUNDINGS))
    return errors[0].text if errors else text


def try_case(name: str, source: str) -> str:
    """Give what the case matches, `no` when it does not hold."""
    said, *arguments = [part.strip() for part in source.split(" | ")]
    is_operand = said.startswith("@")
    node: dict[str, Any] = {
        "uuid": "ask",
        "actions": [],
        "router": {
            "type": "switch",
            "operand": said if is_operand else "@input.text",
            "result_name": "found",
            "default_category_uuid": "no",
            "cases": [
                {"uuid": "case", "type": name, "arguments": arguments, "category_uuid": "yes"}
            ],
            "categories": [
                {"uuid": "yes", "name": "Yes", "exit_uuid": "end"},
                {"uuid": "no", "name": "No", "exit_uuid": "end"},
            ],
        },
        "exits": [{"uuid": "end", "destination_uuid": None}],
    }
    if not is_operand:
        node["router"]["wait"] = {"type": "msg"}
    talk = begin([node])
    if not is_operand:
        _write(talk, said)
    found = talk.last.state.results["found"]
    return str(found["value"]) if found["category"] == "Yes" else "no"


def do_action(kind: str, properties: Mapping[str, Json]) -> list[str]:
    """Give what comes of an action, in the words of a trace."""
    action = {"type": kind, "uuid": "action", **properties}
    talk = begin([_ask("do"), _node("do", action)])
    before = len(talk.sprints)
    talk.say("Yes please")
    entries = [entry.to_json() for _, sprint in talk.sprints[before:] for entry in sprint.trace]
    lines = [told(entry) for entry in entries if entry["kind"] not in _USUAL]
    lines.remove('result reply = "Yes please" [All Responses]')
    run = talk.last.state.runs[0]
    shown = {name: value for name, value in run.locals.items() if not name.startswith("_")}
    return lines + [f'local {name} = "{value}"' for name, value in shown.items()]


def look_up(source: str) -> str:
    """Give what a template says in a flow that was just answered "Yes please"."""
    first = _node(
        "first",
        {"type": "set_run_local", "local": "round", "value": "1", "operation": "set"},
        {"type": "call_webhook", "method": "GET", "url": "https://x.example"},
        {"type": "open_ticket"},
        to="ask",
    )
    talk = begin([first, _ask("show"), _node("show", {"type": "send_msg", "text": source})])
    return "\n".join(talk.say("Yes please"))


def _node(name: str, *actions: Mapping[str, Json], to: str | None = None) -> dict[str, Json]:
    numbered = [{"uuid": f"{name}{at}", **action} for at, action in enumerate(actions)]
    exit_ = {"uuid": f"after {name}", "destination_uuid": to}
    return {"uuid": name, "actions": numbered, "exits": [exit_]}


def _ask(to: str | None) -> dict[str, Json]:
    """A node that waits for a message and keeps it as the result `reply`."""
    return _node("ask", to=to) | {
        "router": {
            "type": "switch",
            "operand": "@input.text",
            "wait": {"type": "msg"},
            "result_name": "reply",
            "default_category_uuid": "all",
            "cases": [],
            "categories": [{"uuid": "all", "name": "All Responses", "exit_uuid": "after ask"}],
        }
    }


def begin(nodes: Sequence[Mapping[str, Json]]) -> Conversation:
    """Begin a flow of these nodes with the page's contact."""
    flow = compile_flow({"uuid": "flow", "name": "Example", "nodes": list(nodes)})
    child = {
        "uuid": "other",
        "name": "Other flow",
        "nodes": [{"uuid": "o", "actions": [], "exits": [{"uuid": "x"}]}],
    }
    assets = replace(
        assets_of((flow, compile_flow(child))),
        global_values={"site": "https://ngo.example"},
        languages=SURROUNDINGS.languages,
    )
    talk = Conversation(
        flow,
        assets,
        CONTACT,
        webhook=lambda effect: (200, {"score": 7, "name": "Asha"}),
        now=NOW,
        tracing=True,
        surroundings=SURROUNDINGS,
    )
    talk.start(results=RESULTS, params={"city": "Lucknow"})
    return talk


def _write(talk: Conversation, said: str) -> None:
    if not said.startswith("["):
        talk.say(said)
        return
    kind, _, url = said[1:].partition("] ")
    if kind == "location":
        latitude, _, longitude = url.partition(",")
        place = {"latitude": float(latitude), "longitude": float(longitude)}
        talk.give(MsgReceived(replace(talk.message("", kind), payload=place)))
        return
    talk.say("", kind, (f"{kind}:{url}",))
