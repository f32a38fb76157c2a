"""Patches tell "leave it" from "make it null"."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Unset(Enum):
    """The type of UNSET, so that a checker can follow it."""

    UNSET = "unset"


#: This field was not given; leave it as it is.
UNSET: Final = Unset.UNSET
Absent = Literal[Unset.UNSET]


def given(patch: DataclassInstance) -> dict[str, Any]:
    """The fields of `patch` that were given, by name."""
    values = ((f.name, getattr(patch, f.name)) for f in fields(patch))
    return {name: value for name, value in values if value is not UNSET}
