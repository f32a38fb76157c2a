"""One readable log: every line with the name of the part that wrote it."""

from __future__ import annotations

import re
import sys
import time

NAME_WIDTH = 12
COLOURS = {
    "web": 36,
    "gateway": 35,
    "admin": 34,
    "worker": 32,
    "beat": 33,
    "demo-webhook": 90,
    "samvad": 97,
}
OTHER_COLOUR = 31
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def write_line(name: str, text: str) -> None:
    """Print `text` behind the time and the name of the part. A reader that is gone is no error."""
    stamp = time.strftime("%H:%M:%S")
    head = f"{stamp} {name:<{NAME_WIDTH}}"
    if sys.stdout.isatty():
        head = f"\x1b[{COLOURS.get(name, OTHER_COLOUR)}m{head}\x1b[0m"
    else:
        text = _ESCAPE.sub("", text)
    try:
        print(f"{head} | {text}", flush=True)
    except BrokenPipeError:
        return


def say(text: str) -> None:
    """Print a line of the supervisor itself."""
    write_line("samvad", text)
