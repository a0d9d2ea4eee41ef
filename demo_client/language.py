"""Which language a page speaks: what was just chosen, else what was chosen before, else asked."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from demo_client.texts import LANGUAGES, preferred

COOKIE = "lang"
A_YEAR = 365 * 24 * 3600


def language_of(request: Request) -> str:
    """Return the language tag for this request."""
    for choice in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if choice in LANGUAGES:
            return choice
    return preferred(request.headers.get("accept-language", ""))


def remember(request: Request, response: Response) -> Response:
    """Keep a choice made by ``?lang=`` in a cookie; it says nothing about the person."""
    choice = request.query_params.get("lang")
    if choice in LANGUAGES:
        response.set_cookie(COOKIE, choice, max_age=A_YEAR, samesite="lax", httponly=True)
    return response


def switches(request: Request) -> dict[str, str]:
    """Return this page's own address in every language."""
    return {
        language: str(request.url.include_query_params(lang=language).replace(scheme="", netloc=""))
        for language in LANGUAGES
    }
