"""`samvad`: every process and every task of an operator as one command line."""

from __future__ import annotations

from app.cli.main import main

__all__ = ["main"]
