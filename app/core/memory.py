"""The garbage collector, set for processes that live long and make many short-lived objects."""

from __future__ import annotations

import gc

#: Objects made before the youngest generation is looked through; Python's own 700 is for scripts.
YOUNGEST = 20_000


def settle() -> None:
    """What has been loaded so far is never looked through again; the rest less often.

    Classes, compiled statements and modules are a hundred thousand objects that every full
    collection would visit and none would free.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, 20, 50)
