"""Code in `<%= %>` that is not taken: found wherever a template may stand, with its place."""

from __future__ import annotations

from flows import compile_flow
from flows.definition.foreign import refused_code
from tests.runner.drawing import Json, ask, flow, node, say, uid

BAD = "<%= IO.x() %>"
WHY = f"{BAD}: IO.x at 2 is not allowed in <%= %>"


def found(drawn: Json) -> list[tuple[str, str | None, str | None]]:
    problems = list(refused_code(compile_flow(drawn)))
    assert {(p.severity, p.code) for p in problems} <= {("Critical", "code:refused")}
    return [(p.message, p.node_uuid, p.action_uuid) for p in problems]


def test_what_is_taken_and_what_is_no_code_is_not_told() -> None:
    drawn = flow("Good", node("a", say("<%= 1 + 1 %> @(1 +) <% IO.x() %> <%= no end")))

    assert found(drawn) == []


def test_code_in_actions_and_routers_has_its_node() -> None:
    webhook = {"type": "call_webhook", "url": "https://x.example", "method": "POST",
               "headers": {"X": BAD}, "body": f'{{"deep": ["{BAD}"]}}'}  # fmt: skip
    waiting = ask("w", "r", to=None, wait={"type": "msg", "timeout": {"seconds": BAD}})
    waiting["router"]["cases"] = [
        {"uuid": uid("case"), "type": "has_phrase", "arguments": [BAD],
         "category_uuid": uid("w:All Responses")}
    ]  # fmt: skip

    assert found(flow("Bad", node("a", webhook, to="w"), waiting)) == [
        (WHY, uid("a"), uid("a/0")),
        (WHY, uid("a"), uid("a/0")),
        (WHY, uid("w"), None),
        (WHY, uid("w"), None),
    ]


def test_code_in_translations_has_the_place_of_what_is_translated() -> None:
    waiting = ask("w", "r", to=None)
    waiting["router"]["cases"] = [
        {"uuid": uid("case"), "type": "has_phrase", "arguments": ["x"],
         "category_uuid": uid("w:All Responses")}
    ]  # fmt: skip
    drawn = flow("Bad", node("a", say("Hi"), to="w"), waiting)
    drawn["localization"] = {
        "hi": {
            uid("a/0"): {"text": [BAD], "quick_replies": ["ok", BAD]},
            uid("case"): {"arguments": [BAD]},
            "nowhere": {"text": [BAD]},
        },
        "en": {uid("a/0"): {"text": ["@(1 +)"]}},
    }

    assert found(drawn) == [
        (f"[hi] {WHY}", uid("a"), uid("a/0")),
        (f"[hi] {WHY}", uid("a"), uid("a/0")),
        (f"[hi] {WHY}", uid("w"), None),
        (f"[hi] {WHY}", None, None),
    ]
