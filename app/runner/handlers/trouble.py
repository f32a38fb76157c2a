"""What went wrong is told to the flow's author and stands in the contact's history."""

from __future__ import annotations

from typing import Any

from app.domain.contacts import history
from app.domain.flow_sessions.notices import notify
from app.runner.scene import Scene
from flows.events import ErrorEvent, FailureEvent, WarningEvent

#: Errors of one sprint that are told; a flow that fails at every step should not flood staff.
MAX_TOLD = 5


async def tell_error(scene: Scene, event: ErrorEvent | WarningEvent) -> None:
    """Staff are notified; what is not done here at all stands in the contact's history as well."""
    scene.told_errors += 1
    if scene.told_errors > MAX_TOLD:
        return
    entity = _entity(scene, event.flow_uuid, event.node_uuid)
    notify(scene.ctx, event.text, "Warning", entity)
    if event.code == "action:unsupported":
        label = f"Left by Failure: {event.text}"[:255]
        history.record(scene.ctx, scene.contact_id, "flow_action_unsupported", label, entity)


async def tell_failure(scene: Scene, event: FailureEvent) -> None:
    entity = _entity(scene, event.flow_uuid, event.node_uuid) | {"code": event.code}
    notify(scene.ctx, event.text, "Critical", entity)
    history.record(
        scene.ctx, scene.contact_id, "contact_flow_failed", f"Flow failed: {event.text}", entity
    )


def _entity(scene: Scene, flow_uuid: str | None, node_uuid: str | None) -> dict[str, Any]:
    head = scene.assets.heads.get(flow_uuid or "")
    return {
        "contact_id": scene.contact_id,
        "flow_id": head.id if head else scene.session.flow_id,
        "flow_uuid": flow_uuid,
        "name": head.name if head else None,
        "node_uuid": node_uuid,
    }
