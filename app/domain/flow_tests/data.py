"""What verbs of flow tests take and give."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.contacts.patch import UNSET, Absent


@dataclass(frozen=True, slots=True)
class TestPatch:
    """What is to be changed of a test; also what a new one begins with."""

    #: pytest looks at names; this one is no test of its.
    __test__ = False

    name: str | Absent | None = UNSET
    script: str | Absent | None = UNSET
    is_active: bool | Absent | None = UNSET


@dataclass(frozen=True, slots=True)
class TestFilter:
    """Which tests; None means that it does not matter. `name` may be a part."""

    __test__ = False

    flow_id: int | None = None
    name: str | None = None
    is_active: bool | None = None
