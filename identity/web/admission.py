"""Who is let through to what a session may do: by the cookie, or by an access token.

Both the guard in a host's application and the check for a reverse proxy ask here. What is refused
is told in the words of RFC 6750 and, where only the level is missing, of RFC 9470.
"""

from __future__ import annotations

from identity.errors import InvalidToken, NotSignedIn, StepUpRequired
from identity.sessions.service import SignedIn
from identity.tokens.levels import Asked
from identity.web.memory import Pass
from identity.web.services import Services

REALM = 'Bearer realm="trifactor"'


def shown(authorization: str, secret: str, audience: str) -> Pass:
    """Return what a request shows: a token where tokens for `audience` are taken and one is sent.

    Whoever sends a token is judged by it alone, and never by a cookie beside it.
    """
    scheme, _, token = authorization.partition(" ")
    if audience and scheme.lower() == "bearer":
        return Pass(token.strip(), audience)
    return Pass(secret)


def remembered(services: Services, sent: Pass, operation: str) -> SignedIn | None:
    """Return who was let through a moment ago, where the operation is content with that."""
    if services.sessions.asks_freshness(operation):
        return None
    return services.memory.recall(sent)


def read(services: Services, sent: Pass) -> SignedIn:
    """Ask the store who it is; `NotSignedIn` or `InvalidToken` where it is nobody."""
    if sent.audience:
        holder = services.tokens.holder(sent.secret, sent.audience)
        services.memory.keep(sent, holder.signed_in, holder.left)
        return holder.signed_in
    signed_in = services.sessions.signed_in(sent.secret)
    services.memory.keep(sent, signed_in)
    return signed_in


def require(services: Services, sent: Pass, signed_in: SignedIn, operation: str) -> None:
    """Raise `StepUpRequired` where the session does not satisfy the operation.

    Where no proof must be recent, what was enough a moment ago is not weighed again.
    """
    timeless = not services.sessions.asks_freshness(operation)
    if timeless and services.memory.satisfies(sent, operation):
        return
    services.sessions.require(signed_in.session, operation)
    if timeless:
        services.memory.satisfied(sent, operation)


def challenge(error: NotSignedIn | StepUpRequired, asked: Asked) -> str:
    """Return `WWW-Authenticate` for a refusal (RFC 6750 section 3, RFC 9470 section 3)."""
    if isinstance(error, InvalidToken):
        return f'{REALM}, error="invalid_token"'
    if not isinstance(error, StepUpRequired):
        return REALM
    age = "" if asked.max_age is None else f', max_age="{asked.max_age}"'
    return (
        f'{REALM}, error="insufficient_user_authentication", '
        f'error_description="More or more recent authentication is needed", '
        f'acr_values="{asked.acr}"{age}'
    )
