"""What an action is, and their register."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeVar

from flows.effects import Effect
from flows.expressions.template import Template, compile_template
from flows.step import Step
from flows.stimuli import Stimulus
from flows.values import Json
from flows.waits import WaitKind


@dataclass(frozen=True, slots=True)
class Pause:
    """The action waits. `seconds` None means until something comes or the flow expires."""

    kind: WaitKind
    seconds: int | None
    effect: Effect | None = None
    #: Comes back as `step.scene.note` when the pause ends.
    note: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enter:
    """The node goes into another flow, once its actions are done."""

    flow_uuid: str
    flow_name: str
    terminal: bool


Outcome = Pause | Enter | None


@dataclass(frozen=True, slots=True)
class Ref:
    """Something outside of the flow that an action refers to."""

    kind: str
    ref: str
    name: str = ""


@dataclass(frozen=True)
class Action:
    """Something that a node does. What goes wrong in it is told as an error event."""

    type: ClassVar[str] = ""

    uuid: str

    def run(self, step: Step) -> Outcome:
        """Do it, or begin it and pause."""
        return None

    def receive(self, step: Step, stimulus: Stimulus) -> None:
        """Take what the pause ended with."""

    def refs(self) -> tuple[Ref, ...]:
        """Give what it refers to."""
        return ()

    def results(self) -> tuple[str, ...]:
        """Give the names of the results it may set."""
        return ()

    def templates(self) -> Iterator[Template]:
        """Give its templates, for inspection and validation."""
        for item in fields(self):
            yield from _templates(getattr(self, item.name))


def _templates(value: Any) -> Iterator[Template]:
    if isinstance(value, Template):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _templates(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _templates(item)


Read = Callable[[Mapping[str, Json]], Action]
R = TypeVar("R", bound=Read)

#: The reader of every action by its type.
ACTIONS: dict[str, Read] = {}


def action(kind: str) -> Callable[[R], R]:
    """Register the function that reads an action from the flow's JSON."""

    def register(read: R) -> R:
        ACTIONS[kind] = read
        return read

    return register


# -- reading JSON that editors of several years have written


def text_of(data: Mapping[str, Json], key: str) -> str:
    """Give a property as text; null and what is missing are ""."""
    value = data.get(key)
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def template_of(data: Mapping[str, Json], key: str) -> Template:
    return compile_template(text_of(data, key))


def list_of(data: Mapping[str, Json], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def dicts_of(data: Mapping[str, Json], key: str) -> list[dict[str, Json]]:
    """Give the objects of a list, whatever else is in it."""
    return [item for item in list_of(data, key) if isinstance(item, dict)]


def templates_of(data: Mapping[str, Json], key: str, limit: int) -> tuple[Template, ...]:
    """Give a list of templates; quick replies of spec 14 are objects with a text."""
    texts = [
        item.get("text", "") if isinstance(item, dict) else item for item in list_of(data, key)
    ]
    return tuple(compile_template(str(text)) for text in texts[:limit])


def whole_of(data: Mapping[str, Json], key: str) -> int | None:
    """Give a whole number that may be written as text."""
    shown = text_of(data, key).strip()
    return int(shown) if shown.lstrip("-").isdecimal() else None
