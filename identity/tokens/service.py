"""Tokens issued to whoever is signed in, and looked up with the session they stand for.

A token is worth what its session was worth when it was issued, never more: a step-up that came
later counts for a new token. And it is worth nothing once the session has ended, for whoever asks
the store: our own guard does, and an API client that introspects.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec

from identity import entropy as chance
from identity.audit import events
from identity.errors import Conflict, InvalidToken, Malformed, NotSignedIn
from identity.gate.ground import Ground
from identity.model import Session
from identity.sessions import entrances
from identity.sessions.service import SessionService, SignedIn
from identity.tokens import levels
from identity.tokens.access import LIFETIME, Claims, Signer
from identity.tokens.levels import Asked


class Issued(NamedTuple):
    """A token, and in how many seconds it is over."""

    token: str
    expires_in: int


class Holder(NamedTuple):
    """Who a token stands for, as of when it was issued, and how many seconds it has left."""

    signed_in: SignedIn
    left: float


class TokenService:
    """Issues tokens for `audiences`, the APIs of the firm. `client_id` is our own pages' name."""

    def __init__(
        self,
        ground: Ground,
        *,
        sessions: SessionService,
        signer: Signer,
        audiences: Collection[str],
        client_id: str,
    ) -> None:
        self._ground = ground
        self._sessions = sessions
        self._signer = signer
        self._client_id = client_id
        self.audiences = frozenset(audiences)

    def issue(
        self, signed_in: SignedIn, audience: str, *, purpose: str = "", binding: str = ""
    ) -> Issued:
        """Issue a token for one audience.

        With `binding` it says that the customer approved this for `purpose`, and the approval is
        used up by it: `Conflict("not_approved")` where there is none that is fresh.
        Clause: CC-17010.e.c
        """
        if audience not in self.audiences:
            raise Malformed("no such audience", "audience")
        if bool(purpose) != bool(binding) or (purpose and not self.knows(purpose)):
            raise Malformed("a purpose goes with what is bound to it", "purpose")
        claims = self._claims(signed_in, audience, purpose, binding)
        if binding and not self._sessions.spend(signed_in.session_id, purpose, binding):
            raise Conflict("not_approved")
        with self._ground.store.write() as work:
            self._ground.record(work, _issued(claims), self._ground.clock())
        return Issued(self._signer.signed(claims), claims.exp - claims.iat)

    def holder(self, token: str, audience: str) -> Holder:
        """Return whom a token for `audience` stands for, or raise `InvalidToken`."""
        now = self._ground.clock()
        claims = self._signer.opened(token, {audience}, now)
        signed_in = self._alive(claims)
        if signed_in is None:
            raise InvalidToken
        return Holder(_as_of(signed_in, claims.auth_time), claims.exp - now)

    def introspected(self, token: str, audiences: Collection[str]) -> Claims | None:
        """Return what a token says where it is for one of `audiences` and its session lives.

        Anything else is None, whatever the reason (RFC 7662 section 2.2).
        """
        try:
            claims = self._signer.opened(token, audiences, self._ground.clock())
        except InvalidToken:
            return None
        return claims if self._alive(claims) is not None else None

    def published(self) -> Mapping[str, Any]:
        """Return the public keys as a JWK set."""
        return self._signer.published()

    def knows(self, operation: str) -> bool:
        """Whether the policy has this operation."""
        return operation in self._ground.policy.operations

    def asked(self, operation: str) -> Asked:
        """Return what a token must say for an operation (RFC 9470)."""
        return levels.asked(self._ground.policy.operations[operation])

    def acr(self, session: Session) -> str:
        """Return the name of the level that a signed-in session has reached."""
        return levels.ACR[max(1, self.aal(session))]

    def aal(self, session: Session) -> int:
        """Return the level that a session has reached: NIST SP 800-63B-4's, 0 for none."""
        return self._sessions.decision(session, entrances.LOGIN).aal

    def _claims(self, signed_in: SignedIn, audience: str, purpose: str, binding: str) -> Claims:
        session, now = signed_in.session, int(self._ground.clock())
        self._sessions.require(session, entrances.LOGIN)
        return Claims(
            iss=self._signer.issuer,
            sub=signed_in.account_id,
            aud=audience,
            client_id=self._client_id,
            jti=chance.token(self._ground.entropy),
            iat=now,
            exp=now + LIFETIME,
            auth_time=int(max(piece.at for piece in session.shown)),
            acr=self.acr(session),
            amr=amr(session),
            sid=session.id,
            purpose=purpose,
            binding=binding,
        )

    def _alive(self, claims: Claims) -> SignedIn | None:
        """Return the session of a token that was opened, or None where it is over."""
        try:
            signed_in = self._sessions.by_id(claims.sid)
        except NotSignedIn:
            return None
        is_theirs = signed_in.account_id == claims.sub
        return signed_in if is_theirs and signed_in.session.purpose == entrances.LOGIN else None


def amr(session: Session) -> tuple[str, ...]:
    """Return what was shown in the words of RFC 8176, with `mfa` where it was of two classes."""
    facts = [piece.evidence for piece in session.shown]
    words = {word: None for fact in facts for word in fact.amr}
    several = len({cls for fact in facts for cls in fact.classes}) > 1
    return (*words, *(("mfa",) if several and "mfa" not in words else ()))


def _as_of(signed_in: SignedIn, auth_time: int) -> SignedIn:
    """Leave out what was shown after the token was issued."""
    session = signed_in.session
    shown = tuple(piece for piece in session.shown if int(piece.at) <= auth_time)
    session = msgspec.structs.replace(session, shown=shown)
    return msgspec.structs.replace(signed_in, session=session)


def _issued(claims: Claims) -> events.Event:
    return events.TokenIssued(
        account_id=claims.sub,
        session_id=claims.sid,
        jti=claims.jti,
        audience=claims.aud,
        purpose=claims.purpose,
        binding=claims.binding,
    )
