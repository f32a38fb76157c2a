"""The web process: GraphQL, REST, pages. `create_app()` is what an ASGI server is given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from app.core import log
from app.core.services import Services
from app.graphql import router as graphql
from app.rest import routes as rest
from app.rest.chat.app import ClientApi
from app.settings import Settings
from app.web.request_ids import RequestIds
from app.wiring import open_services


def create_app(settings: Settings | None = None, services: Services | None = None) -> Starlette:
    """The application. Tests give `services`; otherwise they live as long as the application."""
    chosen = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if services is not None:
            yield
            return
        log.set_up(chosen.log_level, json=chosen.log_json)
        async with open_services(chosen, application="samvad-web") as opened:
            app.state.services = opened
            yield

    app = Starlette(
        routes=[*graphql.routes(), *rest.routes()],
        lifespan=lifespan,
        middleware=[
            Middleware(RequestIds),
            Middleware(ClientApi),
            Middleware(
                CORSMiddleware,
                # A page elsewhere may call the API with its token, never with our cookies.
                allow_origins=["*"],
                # PUT fills an upload's slot (XEP-0363 5) from the page of a web client.
                allow_methods=["GET", "POST", "PUT", "DELETE"],
                allow_headers=["authorization", "content-type", "x-requested-with", "x-csrftoken"],
                expose_headers=["retry-after"],
                max_age=3600,
            ),
            Middleware(GZipMiddleware, minimum_size=2048, compresslevel=4),
        ],
    )
    if services is not None:
        app.state.services = services
    return app
