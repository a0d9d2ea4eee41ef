"""One's own sessions and devices over HTTP."""

from __future__ import annotations

from identity.errors import Conflict, NotSignedIn
from identity.web import bodies, cookies, views
from identity.web.endpoint import Call, Endpoint, Reply


def look(call: Call) -> Reply:
    """Tell of the session."""
    sessions = call.services.sessions
    signed_in = call.signed_in()
    decision = sessions.decision(signed_in.session, signed_in.session.purpose)
    return Reply(body=views.session(signed_in, decision, sessions.idle(signed_in.session.purpose)))


def end(call: Call) -> Reply:
    """Sign out; done twice it is done once."""
    call.services.sessions.end(call.caller.session_secret)
    return Reply(status=204, cookies=(cookies.dropped(cookies.SESSION),))


def listed(call: Call) -> Reply:
    """List the caller's sessions, on every device."""
    signed_in = call.signed_in()
    found = call.services.sessions.own(signed_in)
    told = tuple(views.own_session(one, signed_in.session_id) for one in found)
    return Reply(body=bodies.OwnSessions(sessions=told))


def end_one(call: Call) -> Reply:
    """End a session of the caller's own, also the one that asks."""
    signed_in, session_id = call.signed_in(), call.path["id"]
    call.services.sessions.end_own(signed_in, session_id)
    own = session_id == signed_in.session_id
    return Reply(status=204, cookies=(cookies.dropped(cookies.SESSION),) if own else ())


def devices(call: Call) -> Reply:
    """List the devices the caller is known from."""
    signed_in = call.signed_in()
    current = signed_in.session.device_id
    found = call.services.sessions.devices(signed_in)
    told = tuple(views.own_device(device, current) for device in found)
    return Reply(body=bodies.OwnDevices(devices=told))


def revoke(call: Call) -> Reply:
    """Forget a device: it has no way in of its own any more, and is signed out."""
    call.services.sessions.revoke_device(call.signed_in(), call.path["id"])
    return Reply(status=204)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/v1/session",
        handle=look,
        summary="The caller's session",
        answer=bodies.SessionView,
        errors=(NotSignedIn,),
        security=("session",),
    ),
    Endpoint(
        method="DELETE",
        path="/v1/session",
        handle=end,
        summary="Sign out",
        status=204,
        errors=(),
    ),
    Endpoint(
        method="GET",
        path="/v1/sessions",
        handle=listed,
        summary="The caller's sessions",
        answer=bodies.OwnSessions,
        errors=(NotSignedIn,),
        security=("session",),
    ),
    Endpoint(
        method="DELETE",
        path="/v1/sessions/{id}",
        handle=end_one,
        summary="End a session of one's own",
        status=204,
        errors=(NotSignedIn, Conflict),
        security=("session",),
    ),
    Endpoint(
        method="GET",
        path="/v1/devices",
        handle=devices,
        summary="The devices the caller is known from",
        answer=bodies.OwnDevices,
        errors=(NotSignedIn,),
        security=("session",),
    ),
    Endpoint(
        method="DELETE",
        path="/v1/devices/{id}",
        handle=revoke,
        summary="Forget a device",
        status=204,
        errors=(NotSignedIn, Conflict),
        security=("session",),
    ),
)
