"""The examples in docstrings hold: a reader takes them for the rule."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for folder in ("app", "flows", "workers", "seeds", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if path != Path(__file__).resolve() and ">>> " in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name.removesuffix(".__init__")))

    assert found.failed == 0
    assert found.attempted > 0
