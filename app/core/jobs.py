"""The catalogue of jobs: the names that processes send and the queue each goes to."""

from __future__ import annotations

#: Job name -> queue. A test compares it with the tasks that workers have.
QUEUES: dict[str, str] = {
    "inbound.drain": "inbound",
    "outbound.deliver": "outbound",
    "webhooks.perform": "webhooks",
    "bulk.start_flow": "bulk",
    "bulk.send_message": "bulk",
    "imports.contacts": "bulk",
    "push.tell": "outbound",
    "timers.fire": "timers",
    "timers.sweep": "timers",
    "timers.close_windows": "timers",
    "timers.purge": "timers",
    "timers.remove_uploads": "timers",
}
