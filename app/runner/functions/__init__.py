"""Functions that flows call by name; importing this package fills the register."""

from __future__ import annotations

from app.runner.functions import answers, geolocation
from app.runner.functions.registry import FUNCTIONS, Function, FunctionFailed

__all__ = ["FUNCTIONS", "Function", "FunctionFailed", "answers", "geolocation"]
