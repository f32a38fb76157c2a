"""The table of what `samvad up` runs: command, readiness, order of stopping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

QUEUES = ("inbound", "outbound", "webhooks", "timers", "bulk")


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the product. `command` is what follows `samvad`."""

    name: str
    command: tuple[str, ...]
    #: How it shows that it is ready: a port that answers, a file it writes, or not at all.
    ready: Literal["port", "file", "none"] = "none"
    port: int = 0
    #: Parts of a lower number are stopped first.
    stop_order: int = 0
    stop_s: float = 3.0
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the product listens on this machine."""

    web: int = 4000
    gateway: int = 5280
    admin: int = 5551
    demo_webhook: int = 4100
    #: XMPP over TCP, with STARTTLS and with TLS from the start; 0 is off.
    tcp: int = 5222
    tls: int = 5223


def parts(ports: Ports, *, demo: bool) -> tuple[Part, ...]:
    """Everything that runs, in the order of starting.

    What takes in new work stops first and the worker after it, so that the work can be finished.
    """
    always = (
        Part("web", ("web",), "port", ports.web),
        Part("gateway", ("gateway",), "port", ports.gateway),
        Part("admin", ("admin",), "port", ports.admin),
        Part("worker", ("worker",), "file", stop_order=1, stop_s=3.5),
        Part("beat", ("beat",), stop_s=2.0),
    )
    if not demo:
        return always
    return (*always, Part("demo-webhook", ("demo-webhook",), "port", ports.demo_webhook))
