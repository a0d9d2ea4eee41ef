"""What every answer of this site says to browsers, and the one address it is used under."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Images may be data: URIs, because an authenticator app's QR code comes as one. No form is sent by
# the browser itself: before its module ran, or without one, a password would stand in the address.
POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
"""Content Security Policy level 3: nothing inline, nothing from elsewhere, no frame around us."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class PageHeaders:
    """Adds `HEADERS` to every answer that does not say otherwise itself, as the service does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Static files hold nothing personal: a browser may keep them if it asks each time.
        cached = "no-cache" if scope["path"].startswith("/static/") else "no-store"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**HEADERS, "Cache-Control": cached}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class OneOrigin:
    """Sends people who typed 127.0.0.1 to the origin that cookies and passkeys are bound to.

    Programs are left alone: they take no passkey, and a redirect would surprise them.
    """

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._is_person_elsewhere(Request(scope)):
            elsewhere = Request(scope).url
            query = f"?{elsewhere.query}" if elsewhere.query else ""
            answer = RedirectResponse(f"{self._origin}{elsewhere.path}{query}")
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_person_elsewhere(self, request: Request) -> bool:
        return (
            request.method == "GET"
            and "text/html" in request.headers.get("accept", "")
            # Hosts only: behind a TLS proxy the scheme we see is not the one people see.
            and request.url.netloc != urlsplit(self._origin).netloc
        )
