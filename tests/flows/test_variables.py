"""Variables of the catalogue (8), by name: what stands in its place at one moment of one session."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flows import Contact, Environment, ManualTrigger, Msg, MsgReceived, StaticAssets, resume, start
from flows.contact import FieldValue, Profile, Ticket
from flows.directory import Channel, Directory
from flows.docs.stage import SURROUNDINGS
from flows.effects import ALL_EFFECTS
from flows.events import MsgCreated
from flows.stimuli import EffectDone
from flows.values import FieldRef, GroupRef, Json
from tests.flows.build import asks, flow, node, says

NOW = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
CONTACT = Contact(
    uuid="asha-uuid",
    id="7",
    name="Asha Devi",
    phone="919876543210",
    language="hi",
    bsp_status="session",
    optin_time=NOW,
    groups=(GroupRef("g1", "3", "Registered"), GroupRef("g2", "4", "Mothers")),
    fields={
        "age": FieldValue("34", "Age", "number", NOW),
        "village": FieldValue("Rampur", "Village", inserted_at=NOW),
    },
    settings={"label": True},
    urns=("tel:+919876543210",),
    created_on=NOW,
    last_seen_on=NOW,
    timezone="Asia/Kolkata",
    tickets=(Ticket("t-uuid", ("w", "Water"), ("4", "Ravi")),),
    profiles=(Profile("1", "Asha Devi", is_current=True), Profile("2", "Ravi")),
    properties={"optin_method": "BSP"},
)
STAMP = "2026-01-01T20:00:00.000000Z"

#: Variable -> what stands in its place.
TABLE: dict[str, str] = {
    "contact": "Asha Devi",
    "contact.uuid": "asha-uuid",
    "contact.ref": "7",
    "contact.id": "7",
    "contact.name": "Asha Devi",
    "contact.first_name": "Asha",
    "contact.phone": "919876543210",
    "contact.language": "Hindi",
    "contact.status": "valid",
    "contact.bsp_status": "session",
    "contact.optin_time": STAMP,
    "contact.optin_method": "BSP",
    "contact.settings.label": "true",
    "contact.created_on": STAMP,
    "contact.last_seen_on": STAMP,
    "contact.urns": "[tel:+919876543210]",
    "contact.urn": "tel:+919876543210",
    "contact.groups": "[Registered, Mothers]",
    "contact.groups.1.id": "4",
    "contact.in_groups": "[Registered, Mothers]",
    "contact.fields.village": "Rampur",
    "contact.fields.village.value": "Rampur",
    "contact.fields.village.label": "Village",
    "contact.fields.village.inserted_at": "2026-01-01T20:00:00Z",
    "contact.channel.name": "Chat",
    "contact.timezone": "Asia/Kolkata",
    "contact.tickets": "1",
    "contact.list_profiles": "1. Asha Devi\n2. Ravi",
    "contact.active_profile_name": "Asha Devi",
    "fields.age": "34",
    "fields.village": "Rampur",
    "urns.tel": "tel:+919876543210",
    "results.age": "34",
    "results.age.value": "34",
    "results.age.name": "Age",
    "results.age.category": "Adult",
    "results.age.input": "34",
    "results.age.node_uuid": "a",
    "results.age.inserted_at": "2026-01-01T20:00:00+00:00",
    "results.said": "yes",
    "results.said.category": "Yes",
    "results.said.input": "yes please",
    "results.answer.city": "Lucknow",
    "results.answer.category": "Success",
    "results.child.mood.category": "Good",
    "results.rank": "first",
    "locals.round": "1",
    "run.uuid": "id-2",
    "run.status": "active",
    "run.created_on": STAMP,
    "run.exited_on": "",
    "run.flow": "Flow",
    "run.flow.uuid": "flow",
    "run.results.age": "34",
    "run.path.0.node_uuid": "a",
    "run.contact.name": "Asha Devi",
    "flow": "Flow",
    "flow.uuid": "flow",
    "flow.name": "Flow",
    "child.status": "completed",
    "child.run.status": "completed",
    "child.flow.name": "Child",
    "child.results.mood": "9",
    "child.contact.first_name": "Asha",
    "child.fields.village": "Rampur",
    "child.urns.tel": "tel:+919876543210",
    "input": "yes please",
    "input.uuid": "m",
    "input.created_on": STAMP,
    "input.channel.name": "Chat",
    "input.urn": "tel:+919876543210",
    "input.text": "yes please",
    "input.type": "text",
    "input.attachments": "[]",
    "input.external_id": "x-1",
    "input.payload.id": "b",
    "trigger.type": "manual",
    "trigger.params.city": "Agra",
    "trigger.keyword": "",
    "trigger.user": "Meera",
    "trigger.origin": "api",
    "node.uuid": "z",
    "node.categories": "[]",
    "node.visit_count": "1",
    "ticket": "t-uuid",
    "ticket.uuid": "t-uuid",
    "ticket.topic": "Water",
    "ticket.topic.uuid": "w",
    "ticket.assignee": "Ravi",
    "webhook.status": "200",
    "webhook.headers.Server": "x",
    "webhook.json.city": "Lucknow",
    "webhook.city": "Lucknow",
    "legacy_extra.city": "Lucknow",
    "globals.site": "https://ngo.example",
    "global.site": "https://ngo.example",
    "calendar.current_date": "02/01/2026",
    "calendar.yesterday": "01/01/2026",
    "calendar.tomorrow": "03/01/2026",
    "calendar.current_day": "Friday",
    "calendar.current_month": "January",
    "calendar.current_year": "2026",
}


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    """Each variable with its value, said one a message by the flow's last node."""
    result = {"type": "set_run_result", "name": "Mood", "value": "9", "category": "Good"}
    child = flow(node("c", result), uuid="child")
    first: list[dict[str, Json]] = [
        {"type": "set_run_result", "name": "Age", "value": "34", "category": "Adult"},
        {"type": "set_run_local", "local": "round", "value": "1", "operation": "set"},
        {"type": "enter_flow", "flow": {"uuid": "child"}},
    ]
    call = {
        "type": "call_webhook",
        "method": "POST",
        "url": "https://ngo.example",
        "body": "{}",
        "result_name": "answer",
    }
    spoken = [says(f"@{name}|") for name in TABLE]
    built = flow(
        node("a", *first, to="w"),
        node(
            "w",
            router=asks(("has_any_word", ["yes"], "Yes"), result="said"),
            ways={"Yes": "x", "Other": None},
        ),
        node("x", call, to="y"),
        node("y", *spoken[:50], to="z"),
        node("z", *spoken[50:]),
    )
    numbers = iter(range(1, 10_000))
    env = replace(
        SURROUNDINGS,
        now=NOW,
        new_uuid=lambda: f"id-{next(numbers)}",
        effects=ALL_EFFECTS,
        directory=Directory(channels=(Channel("c1", "Chat", schemes=("tel",)),)),
        limits=replace(SURROUNDINGS.limits, messages_since_input=1000),
    )
    assets = StaticAssets(
        flows=(built, child),
        contact_fields=(FieldRef("age", "Age", "number"), FieldRef("village", "Village", "text")),
        global_values={"site": "https://ngo.example"},
    )
    return _played(built.uuid, assets, env)


def _played(uuid: str, assets: StaticAssets, env: Environment) -> dict[str, str]:
    trigger = ManualTrigger(uuid, {"city": "Agra"}, {"rank": "first"}, user="Meera", origin="api")
    begun = start(assets, CONTACT, trigger, env)
    said = Msg(
        "m",
        "tel:+919876543210",
        "yes please",
        channel="c1",
        external_id="x-1",
        payload={"id": "b"},
    )
    heard = resume(begun.state, assets, begun.contact, MsgReceived(said), env)
    assert heard.wait is not None
    (effect,) = heard.effects
    done = EffectDone(
        heard.wait.token,
        effect.uuid,
        ok=True,
        status=200,
        body_text='{"city": "Lucknow"}',
        headers={"Server": "x"},
    )
    last = resume(heard.state, assets, heard.contact, done, env)
    texts = [event.text for event in last.events if isinstance(event, MsgCreated)]
    return dict(zip(TABLE, (text.rstrip("|") for text in texts), strict=True))


@pytest.mark.parametrize("name", TABLE)
def test_a_variable_shows(shown: dict[str, str], name: str) -> None:
    assert shown[name] == TABLE[name]
