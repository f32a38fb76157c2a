"""Inputs tell what was left out from what was said to be null."""

from __future__ import annotations

from typing import Any

import strawberry


def given(input_: object | None) -> dict[str, Any]:
    """The members that the caller gave, null ones included."""
    if input_ is None:
        return {}
    return {name: value for name, value in vars(input_).items() if value is not strawberry.UNSET}
