"""Logins, activations and step-ups over HTTP."""

from __future__ import annotations

from identity.accounts.names import login_name
from identity.errors import Conflict, Expired, NotSignedIn, TooMany, WorkNeeded
from identity.login.assessment import Progress
from identity.web import bodies, cookies, views
from identity.web.endpoint import Call, Endpoint, Reply
from identity.web.pools import Pool


def open_(call: Call) -> Reply:
    """Open a transaction; the secret goes in a cookie, and to programs in the body too."""
    body: bodies.Opening = call.body
    name = login_name(body.account) if body.account else ""
    signed_in = None if name else call.perhaps_signed_in()
    progress = call.services.logins.open(call.caller, body.purpose, name, body.binding, signed_in)
    secret = progress.secrets.transaction
    cookie = cookies.kept(
        cookies.TRANSACTION + progress.transaction.id, secret, call.services.lifetime
    )
    told = views.login(progress, call.locale, secret="" if call.browser else secret)
    return Reply(status=201, body=told, cookies=(cookie,))


def knock(call: Call) -> None:
    """Turn away whoever has to work first, before his call takes a thread's time."""
    body: bodies.Opening = call.body
    if body.account:
        call.services.logins.knock(call.caller, body.purpose, login_name(body.account))


def look(call: Call) -> Reply:
    """Tell where a transaction stands."""
    progress = call.services.logins.look(call.caller, call.path["id"], call.secret)
    return Reply(body=views.login(progress, call.locale))


def ask(call: Call) -> Reply:
    """Ask by a method."""
    body: bodies.Asking = call.body
    asked = call.services.logins.challenge(call.caller, call.path["id"], call.secret, body.method)
    return Reply(body=bodies.Challenge(method=body.method, challenge=asked))


def answer(call: Call) -> Reply:
    """Judge an answer: 200 and what is still missing, or 401 in the same shape."""
    body: bodies.Answering = call.body
    progress = call.services.logins.answer(
        call.caller, call.path["id"], call.secret, body.method, body.response
    )
    call.services.metrics.answered(body.method, accepted=not progress.refused)
    told = views.login(progress, call.locale)
    if progress.refused:
        return Reply(status=401, code="refused", body=told)
    return Reply(body=told, cookies=_cookies(progress))


def _cookies(progress: Progress) -> tuple[str, ...]:
    session, secrets = progress.session, progress.secrets
    if session is None:
        return ()
    seconds = session.expires_at - session.last_seen_at
    device: tuple[str, ...] = ()
    if secrets.devices:
        value = cookies.of_devices(secrets.devices)
        device = (cookies.kept(cookies.DEVICE, value, cookies.YEAR),)
    return (
        cookies.kept(cookies.SESSION, secrets.session, seconds),
        cookies.dropped(cookies.TRANSACTION + progress.transaction.id),
        *device,
    )


def _pool(call: Call) -> Pool:
    """Whatever hashes runs whole in the hash pool."""
    body: bodies.Answering = call.body
    factor = call.services.factors.get(body.method)
    return Pool.HASH if factor is not None and factor.hashes else Pool.LIGHT


_SECRET = ("transaction", "transaction_cookie")

ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/v1/logins",
        handle=open_,
        summary="Open a login, an activation or a step-up",
        body=bodies.Opening,
        answer=bodies.Login,
        status=201,
        errors=(NotSignedIn, TooMany, WorkNeeded),
        door=knock,
        security=("", "session", "device"),
    ),
    Endpoint(
        method="GET",
        path="/v1/logins/{id}",
        handle=look,
        summary="Where a transaction stands",
        answer=bodies.Login,
        errors=(Expired, NotSignedIn),
        security=_SECRET,
    ),
    Endpoint(
        method="POST",
        path="/v1/logins/{id}/challenges",
        handle=ask,
        summary="Ask by a method",
        body=bodies.Asking,
        answer=bodies.Challenge,
        errors=(Expired, NotSignedIn, Conflict, TooMany),
        security=_SECRET,
    ),
    Endpoint(
        method="POST",
        path="/v1/logins/{id}/answers",
        handle=answer,
        summary="Answer",
        body=bodies.Answering,
        answer=bodies.Login,
        refused=bodies.Login,
        errors=(Expired, NotSignedIn, Conflict, TooMany, WorkNeeded),
        security=_SECRET,
        pool=_pool,
    ),
)
