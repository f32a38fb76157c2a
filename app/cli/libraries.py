"""The sentence for a library that is missing or cannot be loaded. Needs none itself."""

from __future__ import annotations

_OURS = ("app", "flows", "seeds", "workers")


def trouble(error: ImportError) -> str | None:
    """What the operator reads; None where a module of ours is at fault."""
    if isinstance(error, ModuleNotFoundError):
        name = error.name or ""
        if name.split(".")[0] in _OURS:
            return None
        return f"The library {name} is missing: start with ./run, which installs it."
    reason = (str(error).strip().splitlines() or [""])[0]
    if "shared object" in reason or "no pq wrapper" in reason:
        return f"A library of the system is missing ({reason}): install it, or remove .venv."
    return None
