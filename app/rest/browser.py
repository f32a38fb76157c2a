"""Pages remember who logged in by two cookies that scripts cannot read.

A cookie travels by itself, so with it alone nothing can be changed from a page of another origin.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import Unauthorized
from app.core.services import Services
from app.domain.login.tokens import Login, TokenPair, find_login

ACCESS = "samvad_access"
RENEWAL = "samvad_renewal"
_SAFE = ("GET", "HEAD")


async def login_of(request: Request) -> Login | None:
    """Who asks: by the token in the header, else by the cookie.

    Raises Unauthorized when a page of another origin would change something by our cookie.
    """
    services: Services = request.app.state.services
    header = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if header:
        return await find_login(services, header)
    login = await find_login(services, request.cookies.get(ACCESS, ""))
    if login is not None and request.method not in _SAFE and not is_own_page(request):
        raise Unauthorized("This page may not do that")
    return login


def is_own_page(request: Request) -> bool:
    """Whether the request comes from a page of this very host, as browsers say."""
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host", "")


def remember(response: Response, services: Services, pair: TokenPair) -> None:
    """The browser brings the pair with what it asks next."""
    config = services.config
    for name, value in ((ACCESS, pair.access_token), (RENEWAL, pair.renewal_token)):
        response.set_cookie(
            name,
            value,
            max_age=config.renewal_token_ttl_s,
            path="/",
            httponly=True,
            samesite="lax",
            secure=config.public_url.startswith("https://"),
        )


def forget(response: Response) -> None:
    """The browser brings nothing any more."""
    for name in (ACCESS, RENEWAL):
        response.delete_cookie(name, path="/")
