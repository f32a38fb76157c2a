"""What a conversation is made of: one frozen class for each kind of line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.expressions.template import Template
from flows.values import Json

#: Characters of one text, lines of it, and conversations in it.
MAX_CHARS = 50_000
MAX_LINES = 1_000
MAX_SCRIPTS = 50


class ScriptFault(ValueError):
    """The text cannot be read; `line` is counted from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text in which `*` stands for any text, `\\*` for a star and `\\\\` for a backslash."""

    source: str
    parts: tuple[str, ...]

    @classmethod
    def of(cls, source: str) -> Pattern:
        """Give the pattern that is written so."""
        parts = [""]
        letters = iter(source)
        for letter in letters:
            if letter == "\\":
                parts[-1] += next(letters, "\\")
            elif letter == "*":
                parts.append("")
            else:
                parts[-1] += letter
        return cls(source, tuple(parts))

    def fits(self, text: str) -> bool:
        """Tell whether it stands for the text. Each part is looked for once, so this is linear."""
        if len(self.parts) == 1:
            return text == self.parts[0]
        first, *middle, last = self.parts
        if not text.startswith(first):
            return False
        at = len(first)
        for part in middle:
            at = text.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return text.endswith(last) and len(text) - len(last) >= at


def escaped(text: str) -> str:
    """Give the pattern that stands for the text itself."""
    return text.replace("\\", "\\\\").replace("*", "\\*")


@dataclass(frozen=True, slots=True)
class Line:
    """What every kind of line has: where it stands."""

    line: int


@dataclass(frozen=True, slots=True)
class Set(Line):
    """Something about the contact (`what` name, language, phone, field, group), or a global."""

    what: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Now(Line):
    """The moment at which the conversation is."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Answer(Line):
    """What the next webhook that fits is answered; status 0 is no answer."""

    method: str
    url: Pattern
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Start(Line):
    """Staff or an API start the flow."""

    results: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Say(Line):
    """The contact writes, or sends a file."""

    text: str
    kind: str = "text"
    attachment: str = ""


@dataclass(frozen=True, slots=True)
class Hear(Line):
    """The flow says this; None: whatever it says now."""

    text: Pattern | None


@dataclass(frozen=True, slots=True)
class Buttons(Line):
    """The message that was heard last has these quick replies."""

    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pass(Line):
    """Time passes; None: until the wait's own time has come."""

    span: timedelta | None


@dataclass(frozen=True, slots=True)
class Bring(Line):
    """An outside system resumes the flow with results."""

    results: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Check(Line):
    """An expression has a value. `path` is of the last webhook's call, for which there is no expression."""

    shown: str
    expression: Template | None
    path: tuple[str, ...]
    value: Pattern


@dataclass(frozen=True, slots=True)
class Member(Line):
    """The contact is in a group, or is not."""

    group: str
    is_in: bool


@dataclass(frozen=True, slots=True)
class Waits(Line):
    """The flow waits: for msg, time or result; "" for any of them."""

    kind: str


@dataclass(frozen=True, slots=True)
class Ends(Line):
    """The session has ended: completed, failed, expired; "" for any of them."""

    status: str


Step = (
    Set | Now | Answer | Start | Say | Hear | Buttons | Pass | Bring | Check | Member | Waits | Ends
)


@dataclass(frozen=True, slots=True)
class Script:
    """One conversation; `line` is where its title stands, `text` is its own part of the text."""

    title: str
    line: int
    steps: tuple[Step, ...]
    text: str = ""
