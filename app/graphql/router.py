"""`POST /api` and `/socket`: the transports of the API, and who is let in.

The token stands in `Authorization` as it is, or after `Bearer`. A socket brings it in the payload
of `connection_init`, where one that ended within the last day is still good.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.file_uploads.utils import replace_placeholders_with_files
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.graphql import OperationType

from app.core.errors import AppError, Malformed
from app.domain.login import tokens
from app.graphql.context import Context
from app.graphql.explorer import PAGE
from app.graphql.schema import Schema, schema
from app.web.bodies import bounded_request, reading
from app.web.limits import refusal

#: Bytes of one request, uploads included.
MAX_BODY_BYTES = 20 * 1024 * 1024
_NOT_AUTHENTICATED = orjson.dumps({"error": {"code": 401, "message": "Not authenticated"}})
_OVER_HTTP = (OperationType.QUERY, OperationType.MUTATION)


def token_of(authorization: str | None) -> str:
    """The token of an Authorization header, with or without a scheme."""
    return (authorization or "").removeprefix("Bearer ").strip()


def json_response(content: Any, status: int = 200) -> Response:
    """`content` as JSON."""
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    return Response(body, status, media_type="application/json")


def _error(message: str, status: int = 400) -> Response:
    return json_response({"errors": [{"message": message}]}, status)


class Endpoint:
    """The API over HTTP."""

    def __init__(self, schema_: Schema) -> None:
        self._schema = schema_

    async def post(self, request: Request) -> Response:
        """Run one operation."""
        services = request.app.state.services
        login = await tokens.find_login(services, token_of(request.headers.get("authorization")))
        if login is None:
            return json_response(_NOT_AUTHENTICATED, 401)
        limit = services.config.api_per_minute
        if refused := await refusal(services, f"api:{login.actor.user_id}", limit):
            return refused
        try:
            body = await read_operation(request)
        except AppError as error:
            return _error(error.message, error.http)
        return await self._run(
            Context(services, login.actor, login.org_id, login.fingerprint), body
        )

    async def _run(self, context: Context, body: Mapping[str, Any]) -> Response:
        try:
            result = await self._schema.execute(
                body["query"],
                variable_values=body.get("variables"),
                context_value=context,
                operation_name=body.get("operationName"),
                allowed_operation_types=_OVER_HTTP,
            )
        except InvalidOperationTypeError:
            return _error("Subscriptions are told at /socket, not over HTTP")
        except CannotGetOperationTypeError:
            return _error("The document has no operation of that name")
        return json_response(answer_of(result))


def answer_of(result: Any) -> dict[str, Any]:
    """The layout of an answer: `errors` only where there are any."""
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    return answer


async def read_operation(request: Request) -> dict[str, Any]:
    """`query`, `variables` and `operationName` of a request. Raises Malformed; TooLarge."""
    request = bounded_request(request, MAX_BODY_BYTES)
    with reading("The form cannot be read: send at most 10 files and 50 fields"):
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            body = read_multipart(await request.form(max_files=10, max_fields=50))
        else:
            body = _object(await request.body(), "The request must be a JSON object")
    if not isinstance(body.get("query"), str) or not body["query"].strip():
        raise Malformed("The request has no query")
    if not isinstance(body.get("variables") or {}, dict):
        raise Malformed("The variables must be an object")
    return body


def read_multipart(form: FormData) -> dict[str, Any]:
    """The operation of a form in either of two styles, with its files in the variables.

    `operations` and `map` (graphql-multipart-request); or `query` and `variables`, in which the
    name of a part stands where its file belongs (apollo-absinthe-upload-link).
    """
    files = {name: part for name, part in form.items() if isinstance(part, UploadFile)}
    if "operations" in form:
        operations = _object(form["operations"], "operations must be a JSON object")
        places = _object(form.get("map", "{}"), "map must be a JSON object")
        try:
            return dict(replace_placeholders_with_files(operations, places, files))
        except (KeyError, IndexError, TypeError) as error:
            raise Malformed("A file of the map is missing") from error
    variables = _object(form.get("variables") or "{}", "variables must be a JSON object")
    return {
        "query": form.get("query"),
        "operationName": form.get("operationName"),
        "variables": _with_files(variables, files),
    }


def _with_files(value: Any, files: Mapping[str, UploadFile]) -> Any:
    if isinstance(value, dict):
        return {key: _with_files(item, files) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_files(item, files) for item in value]
    return files.get(value, value) if isinstance(value, str) else value


def _object(text: Any, message: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, TypeError) as error:
        raise Malformed(message) from error
    if not isinstance(value, dict):
        raise Malformed(message)
    return value


class Socket(GraphQL[Context, None]):
    """The API over graphql-transport-ws. The token is no cookie, so any origin may connect."""

    def __init__(self, schema_: Schema) -> None:
        super().__init__(
            schema_,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            max_subscriptions_per_connection=50,
            allowed_origins=("*",),
        )

    async def get_context(self, request: Any, response: Any) -> Context:
        return Context(request.app.state.services)

    async def on_ws_connect(self, context: Context) -> dict[str, object]:
        """Let in who brings a good token; others are closed with 4403."""
        token = (context.connection_params or {}).get("authToken")
        text = token_of(token) if isinstance(token, str) else ""
        login = await tokens.find_login(context.services, text, grace=tokens.SOCKET_GRACE)
        if login is None:
            raise ConnectionRejectionError
        context.actor, context.org_id = login.actor, login.org_id
        context.fingerprint = login.fingerprint
        return {"name": login.actor.name}

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()


async def explorer(request: Request) -> Response:
    """A page on which staff try the API out. It holds no secret; the API asks for the token."""
    return HTMLResponse(PAGE, headers={"content-security-policy": "frame-ancestors 'none'"})


def routes(schema_: Schema | None = None) -> list[BaseRoute]:
    """The routes of the API."""
    made = schema_ or schema()
    socket = Socket(made)

    async def on_socket(websocket: WebSocket) -> None:
        await socket(websocket.scope, websocket.receive, websocket.send)

    return [
        Route("/api", Endpoint(made).post, methods=["POST"]),
        Route("/api", explorer, methods=["GET"]),
        WebSocketRoute("/socket", on_socket),
    ]
