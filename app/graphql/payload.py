"""Refusals as data: a verb's AppError becomes `errors: [{key, message}]` beside a null object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast, get_type_hints

import strawberry

from app.core.errors import AppError

P = ParamSpec("P")
R = TypeVar("R")


@strawberry.type(description="Why something was refused.")
class InputError:
    key: str
    message: str


def errors_of(error: AppError) -> list[InputError]:
    """The list that a `...Result` carries."""
    return [InputError(key=error.key, message=error.message)]


def result(resolver: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Answer with the resolver's own result type and `errors` when a verb refuses.

    Every member of that type has a default. Stands under `strawberry.field` or
    `strawberry.mutation`; success leaves `errors` null.
    """

    @wraps(resolver)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await resolver(*args, **kwargs)
        except AppError as error:
            return _refusal(resolver, error)

    return wrapped


def _refusal(resolver: Callable[..., Awaitable[R]], error: AppError) -> R:
    answer: Any = get_type_hints(resolver)["return"]
    return cast(R, answer(errors=errors_of(error)))
