"""The three families that run: whole conversations, one action, one router."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from flows import (
    Expired,
    FlowInvalid,
    FlowTrigger,
    KeywordTrigger,
    ManualTrigger,
    MsgReceived,
    Stimulus,
    Trigger,
    WaitTimedOut,
)
from tests.conformance.goflow_play import Play
from tests.conformance.goflow_shown import (
    Normal,
    first_difference,
    results_of,
)
from tests.conformance.goflow_shown import (
    contact_of as shown_contact,
)
from tests.conformance.goflow_world import World, contact_of, msg_of
from tests.conformance.report import guarded, read

#: File of a conversation -> name of the file of its assets.
_ASSETS_OF = re.compile(r"(.+?)\.(?:test|case)[^.]*\.json")

#: The contact that every case of an action or router is about, but for what the case says.
CONTACT = {
    "uuid": "5d76d86b-3bb9-4d5a-b822-c9d86f5d8e4f",
    "name": "Ryan Lewis",
    "language": "eng",
    "timezone": "America/Guayaquil",
    "status": "active",
    "urns": [
        "tel:+12065551212?channel=57f1078f-88aa-46f4-a59a-948a5739c03d",
        "twitterid:54784326227#nyaruka",
    ],
    "groups": [
        {"uuid": "b7cf0d83-f1c9-411c-96fd-c511a4cfa86d", "name": "Testers"},
        {"uuid": "0ec97956-c451-48a0-a180-1ce766623e31", "name": "Males"},
    ],
    "fields": {"gender": {"text": "Male"}},
    "created_on": "2018-06-20T11:40:30.123456789-00:00",
}
INPUT = {
    "uuid": "aa90ce99-3b4d-44ba-b0ca-79e63d9ed842",
    "msg": {
        "urn": "tel:+12065551212",
        "text": "Hi everybody",
        "attachments": [
            "image/jpeg:http://http://s3.amazon.com/bucket/test.jpg",
            "audio/mp3:http://s3.amazon.com/bucket/test.mp3",
        ],
    },
}


# -- whole conversations


def runner(directory: Path) -> Iterator[tuple[str, str | None]]:
    """Every X.test*.json or X.case*.json, run with the assets of X.json."""
    for path in sorted(directory.glob("*.json")):
        name = _ASSETS_OF.match(path.name)
        if name:
            yield path.stem, guarded(_conversation, directory / f"{name.group(1)}.json", path)


def _conversation(assets_file: Path, file: Path) -> str:
    assets, case = read(assets_file), read(file)
    settings = dict(case.get("environment") or case["trigger"].get("environment") or {})
    summary = case["trigger"].get("run_summary") or {}
    settings["_parent_run"] = summary.get("uuid")
    mocks = case.get("http_mocks") or {}
    world = World(assets, ("eng",), "US", settings, mocks=mocks)
    raw = case.get("contact") or case["trigger"].get("contact")
    play = Play(world, contact_of(raw, world))
    steps: list[Any] = [case["trigger"], *(case.get("resumes") or ())]
    for at, (step, expected) in enumerate(zip(steps, case["outputs"], strict=True)):
        if at == 0:
            play.start(trigger_of(step))
        else:
            assert play.state is not None and play.state.wait is not None
            play.go_on(_stimulus(step, play.state.wait.token))
        found = {"events": play.events(), "segments": play.segments(), "session": play.session()}
        difference = _compared(expected, found, json.dumps([assets, case["trigger"], steps]))
        if difference:
            return f"output {at}{difference}"
    return ""


def _compared(expected: Mapping[str, Any], found: Mapping[str, Any], known: str) -> str:
    wanted = {
        "events": [_without_uuid(event) for event in expected["events"]],
        "segments": expected.get("segments", []),
        "session": {
            key: value
            for key, value in expected["session"].items()
            if key in ("status", "sprints", "runs", "input")
        },
    }
    _forgive_strays(wanted["segments"], found["segments"], known)
    return first_difference(Normal(known)(wanted), Normal(known)(dict(found)))


def _forgive_strays(wanted: list[Any], found: list[Any], known: str) -> None:
    """Where a flow goes on after its child, the recorder named the child's node in the parent's flow.

    Such a node is not compared: it is in no flow with that uuid.
    """
    flows = json.loads(known)[0]["flows"]
    nodes = {flow["uuid"]: {node["uuid"] for node in flow["nodes"]} for flow in flows}
    for one, other in zip(wanted, found, strict=False):
        if one["node_uuid"] not in nodes.get(one["flow_uuid"], ()):
            one["node_uuid"] = other["node_uuid"]


def _without_uuid(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event without what is its own: when it was made and under which uuid."""
    kept = {key: value for key, value in event.items() if key not in ("uuid", "created_on")}
    if event["type"] in ("error", "warning"):
        kept.setdefault("code", "")
    return kept


def trigger_of(raw: Mapping[str, Any]) -> Trigger:
    """The trigger of a case."""
    flow = raw["flow"]["uuid"]
    if raw["type"] == "msg":
        match = raw.get("keyword_match") or {}
        return KeywordTrigger(flow, msg_of(raw["event"]), match.get("keyword", ""))
    if raw["type"] == "flow_action":
        return FlowTrigger(flow, raw.get("run_summary") or {})
    user = raw.get("user") or {}
    known = ("type", "flow", "params", "user", "origin", "batch", "contact", "environment")
    return ManualTrigger(
        flow,
        raw.get("params") or {},
        user=user.get("name", "") if isinstance(user, dict) else str(user),
        origin=raw.get("origin") or "",
        batch=bool(raw.get("batch")),
        kind=raw["type"],
        more={key: value for key, value in raw.items() if key not in known},
    )


def _stimulus(raw: Mapping[str, Any], token: str) -> Stimulus:
    if raw["type"] == "msg":
        return MsgReceived(msg_of(raw["event"]))
    return WaitTimedOut(token) if raw["type"] == "wait_timeout" else Expired(token)


# -- one action, one router


def actions(directory: Path) -> Iterator[tuple[str, str | None]]:
    """Every case of every action, put into the flow of _assets.json of its type."""
    yield from _units(directory, _action)


def routers(directory: Path) -> Iterator[tuple[str, str | None]]:
    """Every case of every router, put into the first flow of _assets.json."""
    yield from _units(directory, _router)


def _units(
    directory: Path, run: Callable[[dict[str, Any], dict[str, Any]], str]
) -> Iterator[tuple[str, str | None]]:
    """Every case of the files of one directory; a file that cannot be read is one that fails."""
    for path in sorted(directory.glob("[!_]*.json")):
        try:
            assets, cases = read(directory / "_assets.json"), list(read(path))
        except (ValueError, TypeError) as fault:
            yield path.stem, str(fault)
            continue
        for number, case in enumerate(cases, 1):
            said = case.get("description") if isinstance(case, dict) else None
            yield f"{path.stem}: {said or number}", guarded(run, assets, case)


def _action(assets: dict[str, Any], case: dict[str, Any]) -> str:
    raw = copy.deepcopy(assets)
    kind = case.get("in_flow_type") or "messaging"
    holder = next((flow for flow in raw["flows"] if flow["type"] == kind), raw["flows"][0])
    holder["nodes"][0]["actions"] = [case["action"]]
    if case.get("localization") is not None:
        holder["localization"] = case["localization"]
    return _unit(raw, holder, case)


def _router(assets: dict[str, Any], case: dict[str, Any]) -> str:
    raw = copy.deepcopy(assets)
    holder = raw["flows"][0]
    holder["nodes"][0]["router"] = case["router"]
    if case.get("localization") is not None:
        holder["localization"] = case["localization"]
    return _unit(raw, holder, case)


def _unit(raw: dict[str, Any], holder: dict[str, Any], case: dict[str, Any]) -> str:
    world = World(
        raw,
        country="RW",
        settings={"redaction_policy": "urns"} if case.get("redact_urns") else {},
        chance=_chance(case),
        # whose URNs are whose is the recorder's: the case says it only by what came of it
        are_urns_taken="urn:taken" in json.dumps(case.get("events")),
        forbidden="FORBIDDEN",
        mocks=case.get("http_mocks") or {},
        smtp_error=case.get("smtp_error") or "",
    )
    if case.get("read_error"):
        try:
            world.assets()
        except FlowInvalid:
            return ""
        return f"read without the error {case['read_error'][:100]!r}"
    play = Play(world, contact_of(_contact(case), world))
    play.start(_trigger(holder["uuid"], case))
    known = json.dumps(
        [raw, case["action"] if "action" in case else case["router"], _contact(case)]
    )
    return first_difference(*_both(case, play, known))


def _both(case: Mapping[str, Any], play: Play, known: str) -> tuple[Any, Any]:
    """What the case expects and what was found, of all that the case speaks of."""
    assert play.state is not None
    own = play.events()
    own = own[1 + [event["type"] for event in own].index("run_started") :]
    if own and own[-1]["type"] == "run_ended":
        own.pop()
    wanted: dict[str, Any] = {"events": [_without_uuid(event) for event in case["events"]]}
    found: dict[str, Any] = {"events": own}
    if "contact_after" in case:
        wanted["contact"], found["contact"] = case["contact_after"], shown_contact(play.contact)
    if "locals_after" in case:
        wanted["locals"], found["locals"] = case["locals_after"], dict(play.state.runs[0].locals)
    if "results" in case:
        results = next(iter(play.runs.values()))["results"]
        wanted["results"], found["results"] = case["results"] or {}, results_of(results)
    if "webhook" in case:
        wanted["webhook"], found["webhook"] = case["webhook"], play.state.webhook
    return Normal(known)(wanted), Normal(known)(found)


def _chance(case: Mapping[str, Any]) -> float | None:
    """The chance that a random router was recorded with: it is the result's input."""
    inputs = [result.get("input") for result in (case.get("results") or {}).values()]
    random = (case.get("router") or {}).get("type") == "random"
    return float(inputs[0]) if random and inputs and inputs[0] else None


def _contact(case: Mapping[str, Any]) -> dict[str, Any]:
    raw: dict[str, Any] = dict(case.get("contact") or CONTACT)
    if "router" in case and "contact" not in case:
        raw |= {"groups": [], "fields": {}}
    if case.get("no_urns"):
        raw["urns"] = []
    if case.get("localization") is not None:
        raw["language"] = "spa"
    if case.get("has_ticket"):
        raw["tickets"] = [{"uuid": "01969b47-0000-76f8-a9c4-9fd428f16ce0"}]
    if not case.get("no_input"):
        raw["last_seen_on"] = "2025-05-04T12:30:46.123456789Z"
    return raw


def _trigger(flow: str, case: Mapping[str, Any]) -> Trigger:
    if case.get("no_input") or case.get("as_batch") or "router" in case:
        return ManualTrigger(flow, batch=bool(case.get("as_batch")))
    return KeywordTrigger(flow, msg_of(INPUT), "")
