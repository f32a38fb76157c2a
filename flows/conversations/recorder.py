"""Write a conversation down from the traces of its sprints, so that it can be edited and played again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from flows.conversations.script import escaped
from flows.values import Json

Entry = Mapping[str, Json]

#: What a trace shows of a value that is not to be seen.
HIDDEN = "[redacted]"
_CUT = "…"


def record(title: str, sprints: Sequence[Sequence[Entry]]) -> str:
    """Give the text of the conversation.

    What the flow was told of the contact and of the organization's variables stands at the head, as far as
    the flow used it. What a trace has cut off is left open with `*`; what cannot be played is a comment.
    """
    writer = _Writer()
    for entries in sprints:
        for entry in entries:
            write = _WRITE.get(str(entry.get("kind")))
            if write is not None:
                write(writer, entry)
    return "\n".join([f"# {title}", *writer.head, "", *writer.lines, ""])


class _Writer:
    def __init__(self) -> None:
        self.head: list[str] = []
        self.lines: list[str] = []
        #: What the head has said already, or what the flow has changed since.
        self.known: set[str] = set()
        self.call: Entry = {}
        #: Where the last line stands that makes the flow go on: answers are written before it.
        self.last_act = 0

    def act(self, line: str) -> None:
        self.last_act = len(self.lines)
        self.lines.append(line)

    def turn(self, entry: Entry) -> None:
        cause = entry.get("cause")
        if cause in ("keyword", "message"):
            self.act(_said(entry))
        elif cause in ("manual", "flow"):
            results = entry.get("default_results")
            self.act(f"start {_json(results)}" if results else "start")
        elif cause in ("timeout", "time", "expired"):
            self.act("wait out")
        elif cause == "result":
            self.act(f"result {_json(entry.get('result') or {})}")
        elif cause == "answer":
            self.answer(entry)
        else:
            self.lines.append(f"// {cause}: {entry.get('reason', '')}".rstrip(": "))

    def answer(self, entry: Entry) -> None:
        body = str(entry.get("body") or "")
        status = str(entry.get("status") or "none")
        kind = self.call.get("type", "call_webhook")
        if kind == "call_webhook":
            asked = f"{self.call.get('method', 'POST')} {escaped(str(self.call.get('url', '')))}"
            lines = [_joined(f"webhook {asked} -> {status} {body}".rstrip())]
        else:
            outcome = "ok" if entry.get("ok") else "fails"
            lines = [_joined(f"call {kind} -> {outcome} {body}".rstrip())]
        if body.endswith(_CUT):
            lines.insert(0, "// the answer was longer than what is kept of it: complete it here")
        self.lines[self.last_act : self.last_act] = lines
        self.last_act += len(lines)

    def called(self, entry: Entry) -> None:
        self.call = entry

    def message(self, entry: Entry) -> None:
        text = "\n".join([str(entry.get("text", "")), *entry.get("attachments", ())]).strip()
        self.lines.append(_joined(f"< {_open(text)}"))
        if entry.get("quick_replies"):
            self.lines.append(" ".join(f"[{title}]" for title in entry["quick_replies"]))
        self.tell("contact language", str(entry.get("language") or ""))

    def expression(self, entry: Entry) -> None:
        source, value = str(entry.get("source", "")), entry.get("value")
        parts = source.lstrip("@").lower().split(".")
        if not isinstance(value, str) or "(" in source:
            return
        if parts[0] in ("global", "globals") and len(parts) == 2:
            self.tell(f"global {parts[1]}", value)
        elif parts == ["contact", "name"] or parts == ["contact", "first_name"]:
            self.tell("contact name", value)
        elif parts[:2] == ["contact", "fields"] and len(parts) == 3:
            self.tell(f"contact field {parts[2]}", value)
        elif parts[0] == "fields" and len(parts) == 2:
            self.tell(f"contact field {parts[1]}", value)

    def tell(self, what: str, value: str) -> None:
        """Write into the head how something was at first."""
        if what in self.known or not value:
            return
        self.known.add(what)
        if value == HIDDEN:
            self.head.append(f"// {what} is not shown: write another one here")
        else:
            self.head.append(f"{what} {value}".replace("\n", " "))

    def changed(self, entry: Entry) -> None:
        kind = entry.get("kind")
        self.known.add(
            f"contact field {entry.get('key')}" if kind == _FIELD else _CHANGED[str(kind)]
        )

    def end(self, entry: Entry) -> None:
        if entry.get("status") != "interrupted":
            self.lines.append(f"ends {entry.get('status')}")


_FIELD = "contact_field_changed"
_CHANGED = {"contact_name_changed": "contact name", "contact_language_changed": "contact language"}

_WRITE = {
    "turn": _Writer.turn,
    "call": _Writer.called,
    "msg_created": _Writer.message,
    "expression": _Writer.expression,
    "end": _Writer.end,
    _FIELD: _Writer.changed,
    **dict.fromkeys(_CHANGED, _Writer.changed),
}


def _said(entry: Entry) -> str:
    text = _joined(str(entry.get("text", "")))
    attachments = entry.get("attachments") or ()
    if not attachments:
        return f"> {text}".rstrip()
    return f">{entry.get('type', 'file')} {str(attachments[0]).partition(':')[2]} {text}".rstrip()


def _joined(text: str) -> str:
    """Give the text with its further lines as continuations."""
    first, *more = text.split("\n")
    return "\n".join([first, *(f"| {line}".rstrip() for line in more)])


def _open(text: str) -> str:
    return escaped(text[:-1]) + "*" if text.endswith(_CUT) else escaped(text)


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
