"""The register of functions that a webhook with the method FUNCTION names in its address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.services import Services

Json = dict[str, Any]
Run = Callable[[Services, Mapping[str, Any]], Awaitable[Json]]


class FunctionFailed(Exception):
    """What the function was asked for cannot be done. The text is for the flow's author."""


@dataclass(frozen=True, slots=True)
class Function:
    """A named function. `example` are the members of the body that it reads."""

    name: str
    run: Run
    example: Mapping[str, str]


FUNCTIONS: dict[str, Function] = {}


def function(name: str, **example: str) -> Callable[[Run], Run]:
    """Register a function: it is given the body's members and gives those of the result."""

    def register(run: Run) -> Run:
        FUNCTIONS[name] = Function(name, run, example)
        return run

    return register
