"""What happens in the chat server that other processes must hear of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpoolFilled:
    """Stanzas wait for this account; a gateway that holds its sessions should take them."""

    account_id: int
