"""`samvad`: every process and every task of an operator as one command line."""

from __future__ import annotations

from app.cli.libraries import trouble


def main() -> None:
    """Run the command line, unless a library is missing that its commands need to be read."""
    try:
        from app.cli.main import main as run
    except ImportError as error:
        sentence = trouble(error)
        if sentence is None:
            raise
        raise SystemExit(f"samvad: {sentence}") from None
    run()
