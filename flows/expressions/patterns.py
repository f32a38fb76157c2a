"""Regular expressions by RE2: their time grows with text and pattern, never faster.

A pattern may come from a contact's own words, so what it may cost is bounded by its program too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from flows.limits import MAX_PATTERN_CHARS

#: What a pattern costs for each character of a text (Function.effort).
PATTERN_EFFORT = 4

#: Instructions of a compiled pattern. Patterns that people write have some dozens.
_MAX_PROGRAM = 2_000
_MAX_MEMORY_BYTES = 1 << 20


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Any:
    """Give the pattern without regard to case; None for a bad one, or one that would take too long."""
    if len(pattern) > MAX_PATTERN_CHARS:
        return None
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = _MAX_MEMORY_BYTES
    try:
        compiled = re2.compile(pattern, options)
    except re2.error:
        return None
    return compiled if compiled.programsize <= _MAX_PROGRAM else None
