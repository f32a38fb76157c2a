"""What is left of an organization's credit with its provider, as the status bar is told.

Samvad's own chat server sends without charge and keeps no account, so there is nothing to count
down. `is_metered` says so. `balance` is a number all the same, and far above every threshold of a
warning: clients read it as one, and take null or 0 for a credit that has run out.
"""

from __future__ import annotations

UNMETERED = {"balance": 100000.0, "is_metered": False}
