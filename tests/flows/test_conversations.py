"""Conversations as text: what can be read, what fails and where, and that a recording plays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import Flow, compile_flow
from flows.conversations import Report, ScriptFault, assets_of, play, read_scripts, record
from flows.conversations.script import MAX_LINES, Pattern, escaped
from flows.simulator import Conversation
from tests.flows.build import asks, flow, node, says
from tests.flows.shared import assets

DEMO = Path(__file__).resolve().parents[2] / "seeds" / "flows"

CALL = {
    "type": "call_webhook",
    "method": "POST",
    "url": "@globals.host/score",
    "body": '{"who": "@contact.name"}',
    "result_name": "score",
}


def menu() -> Flow:
    """Asks for a colour; calls when it is red; waits an hour for an answer."""
    router = asks(("has_any_word", ["red"], "Red"), result="colour", timeout=(3600, "ask-Late"))
    outcome = {"operand": "@results.score.category", "cases": []}
    return flow(
        node("hi", says("Which *colour*, @contact.name?", quick_replies=["Red", "Blue"]), to="ask"),
        node("ask", router=router, ways={"Red": "call", "Late": "late", "Other": "more"}),
        node("call", CALL, router=outcome, ways={"Success": "good", "Failure": "bad"}),
        node("good", says("Score @results.score.points\n\nGood!")),
        node("bad", says("No score")),
        node("late", says("Are you there?"), to="ask"),
        node("more", {"type": "wait_for_result", "result_name": "r"}, to="end"),
        node("end", {"type": "add_contact_groups", "groups": [{"uuid": "g", "name": "Blue"}]}),
    )


def run(text: str, **more: Any) -> Report:
    (script,) = read_scripts(text)
    built = menu()
    return play(script, built, assets_of([built]), **more)


GOOD = """
# Red gives a score
contact name Meera
global host https://ngo.example
webhook POST https://ngo.example/score -> 200 {"points": 3}

> hello
< Which \\*colour\\*, Meera?
[Red] [Blue]
waits for message
> dark red
< Score 3
|
| Good!
ends completed
= results.colour red
= results.score.points 3
= @(results.score.points + 1) 4
= @(upper("a b")) A B
= results.nothing
= call.url https://ngo.example/score
= call.body.who Meera
= call.body.results.colour.value red
not in Blue
"""


def test_a_conversation_that_goes_as_written_passes() -> None:
    report = run(GOOD)

    assert report == Report(
        "Red gives a score",
        True,
        log=(
            ("contact", "hello"),
            ("flow", "Which *colour*, Meera?"),
            ("contact", "dark red"),
            ("call", "POST https://ngo.example/score"),
            ("flow", "Score 3\n\nGood!"),
        ),
    )
    assert run(GOOD) == report


def test_time_passes_and_results_come() -> None:
    report = run(
        "start\n< ...\nwait 3 hours\n< Are you there?\n< *\n< Are*\nwait out\n< Are you*\n"
    )
    assert (report.passed, report.message) == (True, "")

    report = run(
        '> x\n< ...\n> blue\nwaits for result\nresult {"a": 1}\nends\nin Blue\n= results.a 1\n'
    )
    assert (report.passed, report.message) == (True, "")


@pytest.mark.parametrize(
    ("text", "line", "message", "expected", "actual"),
    [
        ("> x\n< Whose*", 2, "the flow says something else", "Whose*", "Which *colour*, Asha?"),
        ("> x\n< *\n< More", 3, "the flow says nothing", "More", ""),
        ("> x\n> y", 2, "the flow also says this", "", "Which *colour*, Asha?"),
        ("> x", 1, "the flow also says this", "", "Which *colour*, Asha?"),
        ("> x\n< *\n[Red]", 3, "the message has other buttons", "[Red]", "[Red] [Blue]"),
        ("> x\n< *\n= results.a b", 3, "results.a is something else", "b", ""),
        ("> x\n< *\n= @(1 / 0) 1", 3, "@(1 / 0) is an error", "1", None),
        ("> x\n< *\nends", 3, "the flow has not ended: it waits for a message", "", ""),
        ("> x\n< *\nin Blue", 3, "the contact is not in Blue", "", ""),
        ("> x\n< *\nwaits for time", 3, "the flow waits for a message", "", ""),
        ("> x\n< *\n= call.url x", 3, "nothing has been called yet", "", ""),
        ("> x\n< *\n> blue\n> more", 4, "the flow does not hear this: it waits for a result", "", ""),
        ("> x\n< *\n> blue\nresult {}\nwaits", 5, "the flow has ended and waits for nothing", "", ""),
        ("> x\n< *\n> blue\nresult {}\nwait out", 5, "the flow waits for no time", "", ""),
        ("> x\n< *\n> blue\nresult {}\nends failed", 5, "the flow ended otherwise", "failed", "completed"),
        ("> x\n< *\n> red", 3, "no line answers this call", "", "webhook POST https://a.example/score"),
        ("wait 1 day\n> x", 1, "nothing has begun: the conversation begins with a message or with start", "", ""),
        (
            "webhook GET https://x -> none\n> x\n< *",
            3,
            "GET https://x of line 1 was not called",
            "",
            "",
        ),
    ],
)  # fmt: skip
def test_the_first_line_that_does_not_hold_is_told(
    text: str, line: int, message: str, expected: str, actual: str | None
) -> None:
    built = menu()
    (script,) = read_scripts(text)

    report = play(script, built, assets(built, global_values={"host": "https://a.example"}))

    assert (report.passed, report.line, report.message) == (False, line, message)
    assert report.expected == expected
    assert actual is None or report.actual == actual


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: there is no conversation"),
        ("# only a title", "line 1: there is no conversation"),
        ("| x", "line 1: a line that begins with | continues the one before it"),
        ("> a\n# B\n> b\n# B\n> c", "line 4: a second conversation is called B"),
        (">cat x", "line 1: no message has the type 'cat'; a blank follows the >"),
        (">image", "line 1: the address of the image is missing"),
        ("[Yes", "line 1: buttons are written [Yes] [No]"),
        (
            "webhook POST x",
            "line 1: write: webhook POST https://host/path -> 200 {json}, or -> none",
        ),
        ("call it", "line 1: write: call read_sheet -> ok {json}, or -> fails"),
        ("wait long", "line 1: write: wait 10 minutes (seconds, hours, days, weeks), or wait out"),
        ("result [1]", "line 1: a JSON object is expected"),
        ("contact age 3", "line 1: of a contact can be set: field, group, language, name, phone"),
        ("now soon", "line 1: write: now 2026-01-31 10:00"),
        ("not at all", "line 1: write: not in Group"),
        ("waits for rain", "line 1: write: waits for message, waits for time or waits for result"),
        ("ends well", "line 1: write: ends completed, ends failed or ends expired"),
        ("> x\n" * (MAX_LINES + 1), "line 1: more than 50000 characters or 1000 lines"),
        ("> x\n= @(1 +) 2", None),
        ("sing", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, fault: str | None) -> None:
    with pytest.raises(ScriptFault) as refused:
        read_scripts(text)

    assert fault is None or str(refused.value) == fault


def test_a_text_holds_several_conversations_and_comments() -> None:
    one, two = read_scripts("> a\n| b\n// aside\n# Second\n\n> c\n")

    assert (one.title, one.line, one.text) == ("Conversation", 1, "> a\n| b\n// aside\n")
    assert (two.title, two.line, two.text) == ("Second", 4, "# Second\n\n> c\n")


@given(st.text(alphabet="ab*\\ \n", max_size=20))
def test_a_text_is_fitted_by_its_own_pattern(text: str) -> None:
    assert Pattern.of(escaped(text)).fits(text)


@given(st.lists(st.text(alphabet="ab", max_size=4), max_size=5), st.text("ab", max_size=12))
def test_a_pattern_fits_what_its_parts_stand_in_in_order(parts: list[str], text: str) -> None:
    import re

    wanted = re.fullmatch(".*".join(map(re.escape, parts)), text) if parts else text == "" or None

    assert Pattern.of("*".join(parts)).fits(text) == (wanted is not None)


# -- recording


def recorded(built: Flow, talk: Conversation) -> str:
    sprints = [[entry.to_json() for entry in sprint.trace] for _, sprint in talk.sprints]
    return record("As it went", sprints)


def test_a_recorded_conversation_reads_as_it_went_and_plays() -> None:
    built = menu()
    known = assets_of([built])
    talk = Conversation(
        built,
        assets(built, global_values={"host": "https://ngo.example"}),
        webhook=lambda effect: (200, {"points": 7}),
        tracing=True,
    )
    talk.start(keyword="hi")
    talk.wait_out()
    talk.say("red *please*\nnow")

    text = recorded(built, talk)

    assert text.splitlines() == [
        "# As it went",
        "contact name Asha",
        "contact language en",
        "global host https://ngo.example",
        "",
        "> hi",
        "< Which \\*colour\\*, Asha?",
        "[Red] [Blue]",
        "wait out",
        "< Are you there?",
        'webhook POST https://ngo.example/score -> 200 {"points": 7}',
        "> red *please*",
        "| now",
        "< Score 7",
        "|",
        "| Good!",
        "ends completed",
    ]
    (script,) = read_scripts(text)
    assert play(script, built, known).message == ""


def test_media_results_and_interruptions_are_recorded() -> None:
    built = menu()
    talk = Conversation(built, assets(built), tracing=True)
    talk.start(results={"a": 1})
    talk.say("blue", "image", ("image:https://x.example/a.jpg",))
    talk.bring({"b": 2})

    text = recorded(built, talk)

    assert text.splitlines()[4:] == [
        'start {"a": 1}',
        "< Which \\*colour\\*, Asha?",
        "[Red] [Blue]",
        ">image https://x.example/a.jpg blue",
        'result {"b": 2}',
        "ends completed",
    ]
    (script,) = read_scripts(text)
    assert play(script, built, assets_of([built])).message == ""


# -- the demo


def demo() -> list[tuple[str, str]]:
    return [(path.name, s.title) for path, s in _demo_scripts()]


def _demo_scripts() -> list[tuple[Path, Any]]:
    files = sorted(DEMO.glob("*.test.txt"))
    return [(path, script) for path in files for script in read_scripts(path.read_text())]


def test_every_demo_flow_has_conversations() -> None:
    flows = {path.stem for path in DEMO.glob("*.json")}

    assert {path.name.removesuffix(".test.txt") for path in DEMO.glob("*.test.txt")} == flows
    assert len(flows) == 7


@pytest.mark.parametrize(("file", "title"), demo())
def test_the_demo_flows_hold_their_conversations(file: str, title: str) -> None:
    flows = {path.stem: compile_flow(json.loads(path.read_text())) for path in DEMO.glob("*.json")}
    script = next(s for path, s in _demo_scripts() if (path.name, s.title) == (file, title))

    report = play(script, flows[file.removesuffix(".test.txt")], assets_of(flows.values()))

    assert (report.message, report.expected, report.actual) == ("", "", "")
