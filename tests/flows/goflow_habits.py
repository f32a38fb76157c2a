"""A small world with goflow's habits: channels, topics, users, smart groups, places."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from flows import (
    Contact,
    Environment,
    FieldValue,
    Flow,
    KeywordTrigger,
    Language,
    ManualTrigger,
    Msg,
    Sprint,
    StaticAssets,
    Stimulus,
    Trigger,
    resume,
    start,
)
from flows.directory import Channel, Directory, Topic, User
from flows.effects import ALL_EFFECTS
from flows.locations import Locations, make_place
from flows.values import FieldRef, GroupRef, Json, LabelRef
from tests.flows.shared import NOW

PHONE = Channel("phone-uuid", "Phone", "+17036975131", ("tel",), ("send", "receive"), "US")
OTHER = Channel("other-uuid", "Other", "+12065550000", ("tel",))
PAGE = Channel("page-uuid", "Page", "235", ("facebook",))
DEAF = Channel("deaf-uuid", "Deaf", "1", ("tel",), ("receive",))
MEN = GroupRef("men-uuid", "", "Men", 'gender = "m"')
FOLK = GroupRef("folk-uuid", "", "Folk")
RWANDA = make_place(
    "Rwanda",
    (),
    make_place("Kigali City", ("Kigali",), make_place("Gasabo", (), make_place("Gisozi"))),
    make_place("Eastern Province", (), make_place("Gatsibo", (), make_place("Gisozi"))),
)
ASHA = Contact(
    uuid="asha-uuid",
    name="Asha",
    language="eng",
    status="active",
    groups=(FOLK, MEN),
    fields={"gender": FieldValue("m", "Gender", "text", None)},
    urns=("tel:+12065551212?channel=phone-uuid", "facebook:1234#asha"),
    timezone="America/Guayaquil",
)
DIRECTORY = Directory(
    channels=(PHONE, OTHER, PAGE, DEAF),
    topics=(Topic("topic-uuid", "Weather"), Topic("general-uuid", "General")),
    users=(User("bob-uuid", "Bob", "bob@ngo.example"),),
    smart_groups=(MEN,),
    locations=Locations((RWANDA,)),
    blocked_hosts=("blocked.example",),
)
FIELDS = (
    FieldRef("gender", "Gender"),
    FieldRef("age", "Age", "number"),
    FieldRef("born", "Born", "datetime"),
    FieldRef("state", "State", "state"),
    FieldRef("district", "District", "district"),
)


def environment(**changes: Any) -> Environment:
    """An environment that draws the same uuids for every sprint of a test."""
    numbers = random.Random(7)
    known: dict[str, Any] = {
        "now": NOW,
        "new_uuid": lambda: f"{numbers.getrandbits(64):016x}",
        "timezone": "America/Guayaquil",
        "languages": (Language("eng", "English"), Language("spa", "Spanish")),
        "default_language": "eng",
        "country": "US",
        "dialect": "goflow",
        "directory": DIRECTORY,
        "effects": ALL_EFFECTS,
    }
    return Environment(**known | changes)


@dataclass
class Talk:
    """A session in that world, sprint by sprint."""

    flow: Flow
    contact: Contact = ASHA
    more: tuple[Flow, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    sprint: Sprint | None = None

    def assets(self) -> StaticAssets:
        return StaticAssets(
            flows=(self.flow, *self.more),
            groups=(FOLK, MEN),
            labels=(LabelRef("label-uuid", "Spam"),),
            contact_fields=FIELDS,
            templates=self.settings.get("templates", {}),
        )

    def start(self, trigger: Trigger | None = None) -> list[dict[str, Json]]:
        env = environment(**self.settings.get("env", {}))
        trigger = trigger or ManualTrigger(self.flow.uuid)
        return self._told(start(self.assets(), self.contact, trigger, env))

    def hear(self, text: str = "hi") -> list[dict[str, Json]]:
        """Start by a message of the contact."""
        return self.start(KeywordTrigger(self.flow.uuid, Msg("m", "tel:+12065551212", text), ""))

    def give(self, stimulus: Stimulus) -> list[dict[str, Json]]:
        assert self.sprint is not None
        env = environment(**self.settings.get("env", {}))
        return self._told(
            resume(self.sprint.state, self.assets(), self.sprint.contact, stimulus, env)
        )

    def _told(self, sprint: Sprint) -> list[dict[str, Json]]:
        self.sprint = sprint
        return [_plain(event.to_json()) for event in sprint.events if event.type not in _WALK]


_WALK = {"run_started", "run_ended", "node_entered", "exit_taken", "msg_received"}
_OWN = {"uuid", "created_on", "run_uuid", "flow_uuid", "node_uuid"}


def _plain(event: dict[str, Json]) -> dict[str, Json]:
    kept = {key: value for key, value in event.items() if key not in _OWN}
    return {key: value for key, value in kept.items() if value not in (None, "", [], {}, False, 0)}
