"""The functions of the language, by family; `FUNCTIONS` has them all."""

from __future__ import annotations

from flows.expressions.functions import (
    arrays,
    clock,
    encoded,
    formatting,
    logic,
    moments,
    numbers,
    objects,
    text,
    words,
)
from flows.expressions.functions.registry import FUNCTIONS

__all__ = [
    "FUNCTIONS",
    "arrays",
    "clock",
    "encoded",
    "formatting",
    "logic",
    "moments",
    "numbers",
    "objects",
    "text",
    "words",
]
