"""Traces in words and as the text of a flow test, where little is known of what happened."""

from __future__ import annotations

import pytest

from flows.conversations.recorder import record
from flows.trace_text import depth_of, told
from flows.values import Json


@pytest.mark.parametrize(("kind", "depth"), [("turn", 0), ("node_entered", 1), ("case", 2)])
def test_a_line_is_moved_to_the_right_by_what_it_stands_in(kind: str, depth: int) -> None:
    depths = [depth_of({"kind": known}) for known in ("turn", "node_entered", "case")]

    assert depths == sorted(depths)
    assert depth_of({"kind": kind}) == depths[depth]


@pytest.mark.parametrize(("entry", "words"), [
    ({"kind": "turn", "cause": "moonrise"}, "moonrise"),
    ({"kind": "expression", "source": "@(1 / 0)", "error": "division by zero"},
     "@(1 / 0) is an error: division by zero"),
    ({"kind": "expression", "source": "@x", "value": "y"}, '@x = "y"'),
])  # fmt: skip
def test_an_entry_is_told_in_words(entry: dict[str, Json], words: str) -> None:
    assert words in told(entry)


def test_a_session_of_every_kind_of_turn_is_recorded() -> None:
    field = {"kind": "contact_field_changed", "key": "village"}
    sprints: list[list[dict[str, Json]]] = [
        [{"kind": "turn", "cause": "manual", "default_results": {"a": 1}},
         {"kind": "expression", "source": "@contact.name", "value": "Asha"},
         {"kind": "expression", "source": "@contact.first_name", "value": "Asha"},
         {"kind": "expression", "source": "@contact.fields.age", "value": "34"},
         {"kind": "expression", "source": "@fields.key", "value": "[redacted]"},
         {"kind": "expression", "source": "@globals.site", "value": "https://x.example"},
         {"kind": "expression", "source": "@(1 + 1)", "value": "2"},
         {"kind": "expression", "source": "@results.x", "value": None},
         field, {"kind": "expression", "source": "@fields.village", "value": "Rampur"},
         {"kind": "msg_created", "text": "Well?", "quick_replies": ["Yes", "No"],
          "language": "hi"}],
        [{"kind": "turn", "cause": "message", "text": "Yes\nplease"},
         {"kind": "call", "type": "open_ticket"}],
        [{"kind": "turn", "cause": "answer", "ok": True, "status": 200, "body": "{}"},
         {"kind": "call", "method": "GET", "url": "https://x.example"}],
        [{"kind": "turn", "cause": "answer", "status": 200, "body": "long…"},
         {"kind": "msg_created", "text": "Long…"}],
        [{"kind": "turn", "cause": "result", "result": {"b": 2}}],
        [{"kind": "turn", "cause": "timeout"}],
        [{"kind": "turn", "cause": "moonrise"}, {"kind": "route"},
         {"kind": "end", "status": "interrupted"}],
    ]  # fmt: skip

    lines = record("Everything", sprints).splitlines()

    assert lines == [
        "# Everything",
        "contact name Asha",
        "contact field age 34",
        "// contact field key is not shown: write another one here",
        "global site https://x.example",
        "contact language hi",
        "",
        'start {"a": 1}',
        "< Well?",
        "[Yes] [No]",
        "call open_ticket -> ok {}",
        "// the answer was longer than what is kept of it: complete it here",
        "webhook GET https://x.example -> 200 long…",
        "> Yes",
        "| please",
        "< Long*",
        'result {"b": 2}',
        "wait out",
        "// moonrise",
    ]
