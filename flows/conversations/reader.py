"""Read conversations from text. The table READERS is the language; docs/flow_tests.md explains it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from flows.conversations.script import (
    MAX_CHARS,
    MAX_LINES,
    MAX_SCRIPTS,
    Answer,
    Bring,
    Buttons,
    Check,
    Ends,
    Hear,
    Member,
    Now,
    Pass,
    Pattern,
    Say,
    Script,
    ScriptFault,
    Set,
    Start,
    Step,
    Waits,
)
from flows.expressions.template import Piece, compile_template
from flows.values import Json

#: Title of a conversation whose text has none.
UNTITLED = "Conversation"

_UNITS: Mapping[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_KINDS = frozenset({"image", "audio", "video", "document", "file", "sticker", "location"})
_WAITS: Mapping[str, str] = {"message": "msg", "time": "time", "result": "result", "": ""}
_ENDS = frozenset({"", "completed", "failed", "expired"})
_CALLS: Mapping[str, int] = {"ok": 200, "fails": 0}
_CONTACT = frozenset({"name", "language", "phone", "field", "group"})


def read_scripts(text: str) -> tuple[Script, ...]:
    """Give the conversations of the text, in order. Raises ScriptFault."""
    lines = text.splitlines()
    if len(text) > MAX_CHARS or len(lines) > MAX_LINES:
        raise ScriptFault(1, f"more than {MAX_CHARS} characters or {MAX_LINES} lines")
    scripts: list[Script] = []
    title, begin, steps = UNTITLED, 1, list[Step]()
    for number, line in _whole(lines):
        if line.startswith("#"):
            _add(scripts, title, begin, number, steps, lines)
            title, begin, steps = line.lstrip("#").strip() or UNTITLED, number, []
        else:
            steps.append(_step(number, line))
    _add(scripts, title, begin, len(lines) + 1, steps, lines)
    if not scripts:
        raise ScriptFault(1, "there is no conversation")
    if len(scripts) > MAX_SCRIPTS:
        raise ScriptFault(scripts[MAX_SCRIPTS].line, f"more than {MAX_SCRIPTS} conversations")
    titles = [script.title for script in scripts]
    for at, script in enumerate(scripts):
        if script.title in titles[:at]:
            raise ScriptFault(script.line, f"a second conversation is called {script.title}")
    return tuple(scripts)


def _add(
    scripts: list[Script], title: str, begin: int, end: int, steps: list[Step], lines: list[str]
) -> None:
    if steps:
        text = "\n".join(lines[begin - 1 : end - 1]).strip() + "\n"
        scripts.append(Script(title, begin, tuple(steps), text))


def _whole(lines: Iterable[str]) -> Iterable[tuple[int, str]]:
    """Give the lines that say something, each with the `|` lines that continue it."""
    begun: tuple[int, str] | None = None
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if line.startswith("|"):
            if begun is None:
                raise ScriptFault(number, "a line that begins with | continues the one before it")
            begun = begun[0], f"{begun[1]}\n{line[1:].strip()}"
            continue
        if begun:
            yield begun
        begun = (number, line) if line and not line.startswith("//") else None
    if begun:
        yield begun


def _step(line: int, text: str) -> Step:
    for mark, read in _MARKS.items():
        if text.startswith(mark):
            return read(line, text[len(mark) :])
    word, _, rest = text.partition(" ")
    reader = READERS.get(word)
    if reader is None:
        known = ", ".join([*_MARKS, *READERS])
        raise ScriptFault(line, f"{word!r} begins no line; these do: {known}")
    return reader(line, rest.strip())


def _say(line: int, text: str) -> Step:
    word, _, rest = text.partition(" ")
    if not word:
        return Say(line, rest.strip())
    if word not in _KINDS:
        raise ScriptFault(line, f"no message has the type {word!r}; a blank follows the >")
    url, _, caption = rest.strip().partition(" ")
    if not url:
        raise ScriptFault(line, f"the address of the {word} is missing")
    return Say(line, caption.strip(), word, url)


def _hear(line: int, text: str) -> Step:
    shown = text.strip()
    return Hear(line, None if shown == "..." else Pattern.of(shown))


def _buttons(line: int, text: str) -> Step:
    inside = text.strip()
    if not inside.endswith("]"):
        raise ScriptFault(line, "buttons are written [Yes] [No]")
    return Buttons(line, tuple(part.strip() for part in inside[:-1].split("] [")))


def _check(line: int, text: str) -> Step:
    rest = text.strip()
    if rest.startswith("call."):
        name, _, value = rest.partition(" ")
        return Check(line, name, None, tuple(name.split(".")[1:]), Pattern.of(value.strip()))
    if rest.startswith("@"):
        piece = next(iter(compile_template(rest).pieces), "")
        if not isinstance(piece, Piece):
            raise ScriptFault(line, "an expression is expected, such as results.name or @(1 + 1)")
        name = piece.source
    else:
        name = rest.partition(" ")[0]
    template = compile_template(name if name.startswith("@") else f"@({name})")
    if template.faults:
        raise ScriptFault(line, f"the expression cannot be read: {template.faults[0]}")
    value = rest[len(name) :].strip()
    return Check(line, name, template, (), Pattern.of(value))


def _webhook(line: int, text: str) -> Step:
    asked, arrow, answer = text.partition("->")
    method, _, url = asked.strip().partition(" ")
    status, _, body = answer.strip().partition(" ")
    is_right = bool(arrow and url) and (status == "none" or status.isdecimal())
    if not is_right:
        raise ScriptFault(line, "write: webhook POST https://host/path -> 200 {json}, or -> none")
    number = 0 if status == "none" else int(status)
    return Answer(line, method.upper(), Pattern.of(url.strip()), number, body.strip())


def _call(line: int, text: str) -> Step:
    kind, arrow, answer = text.partition("->")
    word, _, body = answer.strip().partition(" ")
    if not arrow or word not in _CALLS or not kind.strip():
        raise ScriptFault(line, "write: call read_sheet -> ok {json}, or -> fails")
    return Answer(line, kind.strip(), Pattern.of("*"), _CALLS[word], body.strip())


def _pass(line: int, text: str) -> Step:
    if text == "out":
        return Pass(line, None)
    number, _, unit = text.partition(" ")
    seconds = _UNITS.get(unit.strip().removesuffix("s"))
    if not number.isdecimal() or seconds is None or int(number) * seconds > 366 * 86400:
        raise ScriptFault(line, "write: wait 10 minutes (seconds, hours, days, weeks), or wait out")
    return Pass(line, timedelta(seconds=int(number) * seconds))


def _object(line: int, text: str) -> dict[str, Json]:
    try:
        data = json.loads(text) if text else {}
    except (ValueError, RecursionError) as fault:
        raise ScriptFault(line, f"this is not JSON: {fault}") from fault
    if not isinstance(data, dict):
        raise ScriptFault(line, "a JSON object is expected")
    return data


def _contact(line: int, text: str) -> Step:
    what, _, rest = text.partition(" ")
    if what not in _CONTACT:
        raise ScriptFault(line, f"of a contact can be set: {', '.join(sorted(_CONTACT))}")
    if what == "field":
        key, _, value = rest.strip().partition(" ")
        return Set(line, what, key, value.strip())
    return Set(line, what, "", rest.strip())


def _global(line: int, text: str) -> Step:
    key, _, value = text.partition(" ")
    return Set(line, "global", key, value.strip())


def _now(line: int, text: str) -> Step:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ScriptFault(line, "write: now 2026-01-31 10:00") from fault
    return Now(line, moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _not(line: int, text: str) -> Step:
    word, _, group = text.partition(" ")
    if word != "in":
        raise ScriptFault(line, "write: not in Group")
    return Member(line, group.strip(), is_in=False)


def _waits(line: int, text: str) -> Step:
    kind = text.removeprefix("for ").strip()
    if kind not in _WAITS:
        raise ScriptFault(line, "write: waits for message, waits for time or waits for result")
    return Waits(line, _WAITS[kind])


def _ends(line: int, text: str) -> Step:
    if text not in _ENDS:
        raise ScriptFault(line, "write: ends completed, ends failed or ends expired")
    return Ends(line, text)


Reader = Callable[[int, str], Step]

#: What a line may begin with -> how the rest of it is read.
_MARKS: Mapping[str, Reader] = {">": _say, "<": _hear, "[": _buttons, "=": _check}
READERS: Mapping[str, Reader] = {
    "contact": _contact,
    "global": _global,
    "now": _now,
    "webhook": _webhook,
    "call": _call,
    "start": lambda line, text: Start(line, _object(line, text)),
    "wait": _pass,
    "result": lambda line, text: Bring(line, _object(line, text)),
    "in": lambda line, text: Member(line, text, is_in=True),
    "not": _not,
    "waits": _waits,
    "ends": _ends,
}
