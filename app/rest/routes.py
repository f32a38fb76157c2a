"""The paths of `/api/v1` and of health."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from app.rest import (
    chat_token,
    health,
    host_meta,
    onboard,
    registration,
    session,
    simulator,
    uploads,
)
from app.rest.endpoint import endpoint
from app.rest.floweditor import routes as floweditor

_V1 = "/api/v1"
_UPLOAD = ["GET", "HEAD", "PUT", "OPTIONS"]


def routes() -> list[BaseRoute]:
    """Every REST route of the web process."""
    post = ["POST"]
    return [
        Route(f"{_V1}/session", endpoint(session.log_in), methods=post),
        Route(f"{_V1}/session", endpoint(session.log_out), methods=["DELETE"]),
        Route(f"{_V1}/session/renew", endpoint(session.renew), methods=post),
        Route(f"{_V1}/session/name", endpoint(session.name, limited=False), methods=post),
        Route(f"{_V1}/session/tracker", endpoint(session.track, limited=False), methods=post),
        Route(f"{_V1}/registration", endpoint(registration.register), methods=post),
        Route(f"{_V1}/registration/send-otp", endpoint(registration.send_otp), methods=post),
        Route(
            f"{_V1}/registration/reset-password",
            endpoint(registration.reset_password),
            methods=post,
        ),
        Route(f"{_V1}/chat/token", endpoint(chat_token.issue), methods=post),
        Route(f"{_V1}/simulator/message", endpoint(simulator.speak, limited=False), methods=post),
        Route(f"{_V1}/onboard/setup", endpoint(onboard.setup), methods=post),
        Route("/.well-known/host-meta", host_meta.as_xml),
        Route("/.well-known/host-meta.json", host_meta.as_json),
        Route("/upload/{token}/{signature}/{filename}", uploads.serve, methods=_UPLOAD),
        Route("/health", health.alive),
        Route("/health/ready", health.ready),
        *floweditor.routes(),
    ]
