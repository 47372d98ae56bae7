"""Rejects requests from other sites: only the page itself may send them.

The Host header is checked by Starlette's own middleware.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAID = {
    # Nothing is loaded from elsewhere, nothing is sent elsewhere, and no other page may embed this.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SameOriginGuard:
    """Middleware that rejects cross-origin requests and sets the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SAID)
            await send(message)

        headers = Headers(scope=scope)
        # Every browser names the origin of a POST; a request without it does not come from our
        # page.
        ours = headers.get("origin") == f"http://{headers.get('host')}"
        if scope["method"] not in ("GET", "HEAD") and not ours:
            await PlainTextResponse("not from here", status_code=403)(scope, receive, sent)
            return
        await self._app(scope, receive, sent)
