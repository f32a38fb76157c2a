"""Makes "a file in the folder is the registration" true."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def import_all(package: ModuleType) -> list[ModuleType]:
    """Every module directly in `package`, imported, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__, package.__name__ + "."))
    return [importlib.import_module(name) for name in names]
