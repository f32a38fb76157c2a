"""Older definitions become new ones step by step, and nothing that a person wrote is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows import FlowInvalid, compile_flow
from flows.migrations import NEWEST, STEPS, modernize, read_version, upgrade
from flows.values import Json
from tests.conformance.migrations import run
from tests.flows.build import asks, definition, node, says
from tests.flows.shared import CONFORMANCE, needs_conformance

DIRECTORY = CONFORMANCE / "flows" / "goflow" / "migrations"


@needs_conformance
def test_the_other_engines_examples_hold() -> None:
    report = run(DIRECTORY)

    assert report.failures == []
    assert report.total >= 15


def before(version: str, *nodes: dict[str, Json], **more: Json) -> dict[str, Json]:
    return definition(*nodes, spec_version=version, type="messaging", **more)


def stepped(data: dict[str, Json], version: str) -> dict[str, Any]:
    first, second, third = map(int, version.split("."))
    return upgrade(data, to=(first, second, third))


def call(**more: Json) -> dict[str, Json]:
    return {"type": "call_webhook", "method": "GET", "url": "https://x.example", **more}


def split(operand: str, *cases: tuple[str, list[str], str]) -> dict[str, Json]:
    return {"operand": operand, "cases": list(cases)}


def test_steps_are_in_the_order_of_their_versions() -> None:
    versions = [step.version for step in STEPS]

    assert versions == sorted(set(versions))
    assert NEWEST == (14, 4, 2)


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("13.1.0", (13, 1, 0)),
        ("13.1", (13, 1, 0)),
        ("14.3.10", (14, 3, 10)),
        ("", NEWEST),
        ("new", NEWEST),
        (None, NEWEST),
    ],
)
def test_a_version_is_read(written: str | None, version: tuple[int, int, int]) -> None:
    assert read_version({"spec_version": written}) == version


def test_an_upgrade_leaves_what_it_was_given_alone() -> None:
    old = before("13.0.0", node("a", says("@webhook")), language="base", _ui={"nodes": {}})
    kept = json.dumps(old)

    new = upgrade(old)

    assert json.dumps(old) == kept
    assert (new["spec_version"], new["language"]) == ("14.4.2", "und")
    assert new["nodes"][0]["actions"][0]["text"] == "@webhook.json"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@webhook and @WEBHOOK.a.", "@webhook.json and @WEBHOOK.json.a."),
        ("@(webhook)", "@(webhook.json)"),
        ('@(upper( webhook.a ) & "webhook")', '@(upper( webhook.json.a ) & "webhook")'),
        ("@(contact.webhook)", "@(contact.webhook)"),
        ("@@webhook me@@webhook", "@@webhook me@@webhook"),
        ("@(webhook", "@(webhook"),
        ("@(webhook + ~)", "@(webhook + ~)"),
        ("no variable: webhook", "no variable: webhook"),
    ],
)
def test_13_3_changes_names_and_no_other_character(old: str, new: str) -> None:
    flow = stepped(before("13.2.0", node("a", says(old))), "13.3.0")

    assert flow["nodes"][0]["actions"][0]["text"] == new


def test_13_3_finds_every_template_and_its_translations() -> None:
    actions = [
        call(headers={"X": "@webhook"}, body="@webhook.b", url="@webhook.u"),
        says("x", attachments=["image:@webhook.i"], quick_replies=["@webhook.q"]),
        {"type": "add_input_labels", "labels": [{"name_match": "@webhook.l"}, {"uuid": "l"}]},
    ]
    router = {"operand": "@webhook.o", "cases": [("has_text", ["@webhook.c"], "Other")]}
    translations: dict[str, Json] = {
        "hi": {
            "a-1": {"text": ["@webhook हाँ"], "quick_replies": ["@webhook.q"]},
            "a-case0": {"arguments": ["@webhook.c"]},
        }
    }
    old = before(
        "13.2.0",
        node("a", *actions, router=router, ways={"Other": None}),
        localization=translations,
    )

    new = stepped(old, "13.3.0")

    before_text = json.dumps({"nodes": old["nodes"], "localization": translations})
    after_text = json.dumps({"nodes": new["nodes"], "localization": new["localization"]})
    assert after_text == before_text.replace("@webhook", "@webhook.json")


def test_13_5_keeps_a_hindi_variable_beside_the_authors_own() -> None:
    templating = {
        "uuid": "t",
        "template": {"uuid": "tpl", "name": "welcome"},
        "variables": ["@contact.name", "one"],
    }
    old = before(
        "13.1.0",
        node("a", says("x", templating=templating)),
        localization={"hi": {"t": {"variables": ["@contact.name", "एक"]}}},
    )

    new = modernize(old)

    action = new["nodes"][0]["actions"][0]
    assert "templating" not in action
    assert (action["template"]["name"], action["template_variables"]) == (
        "welcome",
        ["@contact.name", "one"],
    )
    assert new["localization"] == {"hi": {"a-0": {"template_variables": ["@contact.name", "एक"]}}}


def test_a_templating_that_chooses_its_template_stays() -> None:
    templating = {"uuid": "t", "expression": "@results.which", "variables": ["one"]}
    old = before("14.3.0", node("a", says("x", templating=templating)))

    assert modernize(old)["nodes"][0]["actions"][0]["templating"] == templating


@pytest.mark.parametrize(
    ("kind", "minutes", "kept"),
    [
        ("messaging", 30_000, 20_160),
        ("messaging", 60, 60),
        ("voice", 60, 15),
        ("messaging_background", 60, 0),
    ],
)
def test_14_0_bounds_expiry(kind: str, minutes: int, kept: int) -> None:
    old = before("13.6.1", expire_after_minutes=minutes) | {"type": kind}

    assert stepped(old, "14.0.0")["expire_after_minutes"] == kept


def test_14_0_names_a_category_without_a_name() -> None:
    old = before("13.6.1", node("a", router=asks(), ways={"": None}))

    assert stepped(old, "14.0.0")["nodes"][0]["router"]["categories"][0]["name"] == "Match"


def test_14_1_splits_by_status_and_keeps_ten_replies() -> None:
    router = split(
        "@results.w.category",
        ("has_only_text", ["Success"], "Success"),
        ("has_only_text", ["Failure"], "Failure"),
    )
    replies = [str(number) for number in range(12)]
    old = before(
        "14.0.0",
        node("a", call(), router=router, ways={"Success": "b", "Failure": None}),
        node("b", says("x", quick_replies=replies)),
    )

    new = stepped(old, "14.1.0")["nodes"]

    assert new[0]["router"]["operand"] == "@webhook.status"
    assert new[0]["router"]["cases"] == [
        {
            "uuid": "a-case0",
            "type": "has_number_between",
            "arguments": ["200", "299"],
            "category_uuid": "a-Success",
        }
    ]
    assert new[1]["actions"][0]["quick_replies"] == replies[:10]


def test_14_2_gives_tickets_a_note_and_drops_short_languages() -> None:
    old = before(
        "14.1.0",
        node("a", {"type": "open_ticket", "body": "Help"}, {"type": "open_ticket", "body": ""}),
        localization={"hi": {}, "spa": {}},
    )

    new = stepped(old, "14.2.0")

    assert new["nodes"][0]["actions"] == [
        {"uuid": "a-0", "type": "open_ticket", "note": "Help"},
        {"uuid": "a-1", "type": "open_ticket", "body": ""},
    ]
    assert list(new["localization"]) == ["spa"]


def test_14_3_moves_a_tickets_result_to_the_router() -> None:
    router = split("@results.ticket", ("has_only_text", ["Success"], "Success"))
    ticket: dict[str, Json] = {"type": "open_ticket", "note": "Help", "result_name": "Ticket"}
    old = before("14.2.0", node("a", ticket, router=router, ways={"Success": None}))

    (new,) = stepped(old, "14.3.0")["nodes"]

    assert new["actions"] == [{"uuid": "a-0", "type": "open_ticket", "note": "Help"}]
    assert (new["router"]["operand"], new["router"]["result_name"]) == (
        "@locals._new_ticket",
        "Ticket",
    )
    assert [(case["type"], case["arguments"]) for case in new["router"]["cases"]] == [
        ("has_text", [])
    ]


def test_14_3_1_joins_arguments_and_their_translations() -> None:
    router = split(
        "@input.text",
        ("has_any_word", ["yes", "yeah"], "Yes"),
        ("has_number_between", ["1", "5"], "Yes"),
    )
    old = before(
        "14.3.0",
        node("a", router=router, ways={"Yes": None}),
        localization={"hi": {"a-case0": {"arguments": ["हाँ", "जी"]}}},
    )

    new = stepped(old, "14.3.1")

    cases = new["nodes"][0]["router"]["cases"]
    assert [case["arguments"] for case in cases] == [["yes yeah"], ["1", "5"]]
    assert new["localization"]["hi"]["a-case0"]["arguments"] == ["हाँ जी"]


def test_14_4_puts_webhook_splits_right() -> None:
    router = split(
        "@webhook.json.status",
        ("has_text", [], "Success"),
        ("has_text", ["x"], "Failure"),
    )
    old = before(
        "14.3.1",
        node("a", call(), router=router, ways={"Success": None, "Failure": None}),
        node("b", says("x", all_urns=True)),
        localization={"spa": {"a-case1": {"arguments": ["y"]}, "b-0": {"text": ["z"]}}},
    )

    new = upgrade(old)

    assert new["nodes"][0]["router"]["operand"] == "@(default(webhook.status, 0))"
    assert [case["uuid"] for case in new["nodes"][0]["router"]["cases"]] == ["a-case0"]
    assert "all_urns" not in new["nodes"][1]["actions"][0]
    assert new["localization"] == {"spa": {"b-0": {"text": ["z"]}}}


def test_reading_keeps_hindi_names_and_glifics_own_splits() -> None:
    router = split("@results.w.category", ("has_only_text", ["Success"], "Success"))
    long = "a category with a name that is longer than thirty-six characters"
    old = before(
        "13.1.0",
        node("a", call(result_name="w"), router=router, ways={"Success": "b", "Failure": None}),
        node("b", router=asks(), ways={long: None}),
        language="hi",
        localization={"hi": {"b-0": {"text": ["नमस्ते"]}}, "en": {"b-0": {"text": ["Hello"]}}},
    )

    assert modernize(old) == old


def test_reading_goes_by_shape_when_the_version_lies() -> None:
    router = split("@input.text", ("has_any_word", ["yes", "yeah"], "Yes"))
    old = before("14.4.2", node("a", router=router, ways={"Yes": None}), language="base")

    new = modernize(old)

    assert new["language"] == "und"
    assert new["nodes"][0]["router"]["cases"][0]["arguments"] == ["yes yeah"]


def test_reading_twice_changes_nothing_more() -> None:
    templating = {"template": {"uuid": "tpl", "name": "w"}, "variables": ["one"]}
    old = before("14.3.0", node("a", says("@webhook.status", templating=templating)))

    once = modernize(old)

    assert modernize(once) == once


def test_a_definition_that_is_too_deep_or_too_large_is_refused() -> None:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    many = [{"uuid": str(number), "exits": []} for number in range(10_000)]

    for nodes, text in ((deep, "nested too deeply"), (many, "more than 1000 nodes")):
        with pytest.raises(FlowInvalid, match=text):
            compile_flow({"uuid": "f", "nodes": nodes})
