"""Runs begin, move, learn and end."""

from __future__ import annotations

from app.domain.contacts import history
from app.domain.flow_sessions.reasons import reason_text
from app.runner.scene import Scene
from flows.events import ExitTaken, NodeEntered, RunEnded, RunResultChanged, RunStarted


async def start_run(scene: Scene, event: RunStarted) -> None:
    meta = scene.flow_meta(event.flow_uuid) | {"context_id": scene.session.id}
    history.record(scene.ctx, scene.contact_id, "contact_flow_started", "Flow Started", meta)


async def end_run(scene: Scene, event: RunEnded) -> None:
    meta = scene.flow_meta(event.flow_uuid) | {
        "context_id": scene.session.id,
        "status": event.status,
    }
    why = reason_text(event.status, scene.end_reason or None, scene.ended_by)
    if why:
        meta |= {"code": scene.end_reason or event.status, "reason": why}
    label = f"Flow Ended ({why}):" if why else "Flow Ended:"
    history.record(scene.ctx, scene.contact_id, "contact_flow_ended", label, meta)


async def change_result(scene: Scene, event: RunResultChanged) -> None:
    if event.run_uuid:
        scene.changed_runs.add(event.run_uuid)


async def count_node(scene: Scene, event: NodeEntered) -> None:
    _count(scene, event.flow_uuid, "node", event.node_uuid or "", "")


async def count_exit(scene: Scene, event: ExitTaken) -> None:
    _count(scene, event.flow_uuid, "exit", event.exit_uuid, event.destination_uuid or "")


def _count(scene: Scene, flow_uuid: str | None, kind: str, uuid: str, destination: str) -> None:
    head = scene.assets.heads.get(flow_uuid or "")
    if head is not None and not scene.contact.is_simulator:
        scene.counts[(scene.ctx.org_id, head.id, kind, uuid, destination)] += 1
