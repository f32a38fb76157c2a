"""What a router is: categories, a result, perhaps a wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flows.expressions.template import Template
from flows.step import Step


@dataclass(frozen=True, slots=True)
class Category:
    """A named way through a router to an exit."""

    uuid: str
    name: str
    exit_uuid: str


@dataclass(frozen=True, slots=True)
class MsgWaitSpec:
    """A router that waits for a message; `seconds` is a template in Glific's newer flows."""

    timeout: Template | None = None
    timeout_category_uuid: str | None = None
    hint: str | None = None


class Router(Protocol):
    """Chooses an exit of its node."""

    @property
    def categories(self) -> tuple[Category, ...]: ...

    @property
    def wait(self) -> MsgWaitSpec | None: ...

    @property
    def result_name(self) -> str: ...

    def route(self, step: Step) -> str | None:
        """Give the uuid of the exit, after saving the result; None when no category takes it."""
        ...


def category_named(categories: tuple[Category, ...], name: str) -> Category | None:
    """Find a category by its name, without regard to case."""
    low = name.lower()
    return next((item for item in categories if item.name.lower() == low), None)


def save(
    step: Step,
    router: Router,
    category: Category,
    value: str,
    input: str,
    *,
    extra: object = None,
    more: dict[str, object] | None = None,
) -> str:
    """Save the router's result if it has one, and give the category's exit."""
    step.scene.operand = input
    if router.result_name:
        shown = step.localized(category.uuid, "name", (category.name,))[0]
        step.save_result(
            router.result_name,
            value,
            category.name,
            input,
            extra=extra,
            more={**(more or {}), "category_localized": shown},
        )
    return category.exit_uuid
