"""The bound device: a P-256 key that a browser or an app made, uses, and does not give away.

The key is made on the device, and the service asks for signatures over a statement that names
challenge, transaction, purpose and origin: one proof is good for one thing. A copied cookie, or a
copied password, signs nothing.

**What non-exportable means.** In a browser the key is a WebCrypto `CryptoKey` with `extractable`
false, kept in IndexedDB: no script can read it, ours included. That is a promise of the browser
and not of hardware. The key is a file in the browser's profile: malware that reads the profile,
or a copied disk, has it, and malware on the machine can have it used where it is. An app may do
better (a secure element), but nothing attests that to us. Hence `device_bound` is False and `amr`
says ``swk``.

**Why it resists phishing all the same.** `origin` is written by the page, unlike WebAuthn's, which
the browser writes. So it keeps our own sites and apps apart and nothing more: a lookalike page
could write what it likes. What that page lacks is the key. A browser shows IndexedDB to the origin
that wrote it and to no other, and that origin's host name was authenticated by TLS; an app's keys
are the app's alone. A relay can open a login here and carry the challenge to the customer's
browser, and has nothing there that signs it:

- a page of another origin finds no key;
- our page in a frame is refused (`frame-ancestors 'none'`), and would be shown another partition
  of the storage, or none;
- our page in a tab of its own signs the transaction that it opened itself, which is another one.

This is verifier name binding, where the verifier's authenticated name chooses the authenticator's
secret (NIST SP 800-63B-4 section 3.2.5). It rests on our page: that it signs only what the service
answered to its own call, never what came by a link, a message or a code to scan; that it hands its
key to no other page; and that it comes by HTTPS. A script that gets into our origin can sign while
it runs. And it begins with the binding: whoever could relay the proofs that the policy asks for it
could bind a device of his own, which is why a fresh factor is distrusted.

`phone` is the device's own word that it is a telephone, kept as `carrier`, so that a policy can
tell that a code sent there by SMS shares its channel.

Clause: CC-17010.d.b
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

import msgspec

from factors.contract import (
    Accepted,
    Context,
    Json,
    Offer,
    Refused,
)
from factors.device_credential import (
    METHOD,
    DeviceCredential,
    DeviceSettings,
    evidence,
    find,
)
from factors.device_key import (
    DECOY_POINT,
    SIGNATURE_SIZE,
    THUMBPRINT_SIZE,
    decode,
    encode,
    exactly,
    has_signed,
    is_usable,
    read_jwk,
    thumbprint,
)
from factors.device_statement import (
    BIND,
    MAX_SIZE,
    PROVE,
    Statement,
    read_statement,
    statement_fault,
)

__all__ = ["Device", "DeviceCredential", "DeviceSettings"]

CHALLENGE_SIZE: Final = 32
"""Bytes of chance in a challenge."""

PROVING: Final = ({"key", "client_data", "signature"},)
"""The members an answer may have."""

BINDING: Final = (
    {"public_key", "client_data", "signature"},
    {"public_key", "client_data", "signature", "phone"},
)
"""The members that may end an enrolment."""


class _Signed(NamedTuple):
    """What every answer brings: the bytes that were signed, read, and the signature."""

    raw: bytes
    statement: Statement
    signature: bytes


@dataclass(frozen=True, slots=True)
class Device:
    """The bound-device factor."""

    settings: DeviceSettings

    name: ClassVar[str] = METHOD
    credential_type: ClassVar[type[DeviceCredential]] = DeviceCredential
    hashes: ClassVar[bool] = False
    guessable: ClassVar[bool] = False
    may_be_first: ClassVar[bool] = True
    asks_alike: ClassVar[bool] = True
    limit_of_one: ClassVar[bool] = False

    def enroll(
        self,
        held: Mapping[str, DeviceCredential],  # noqa: ARG002 - the contract's
        ctx: Context,
    ) -> Offer:
        """Ask for a new key's first signature."""
        return _asked(ctx)

    def confirm(
        self, private: Mapping[str, Json], response: Json, ctx: Context
    ) -> Accepted[DeviceCredential] | Refused[DeviceCredential]:
        """Take ``{"public_key": JWK, "client_data", "signature"}``, and `phone` where it is one.

        The handle is the key's thumbprint. Refuses with `malformed`, `unusable_key`,
        `challenge_missing`, `challenge_expired`, a reason of `statement_fault`, or
        `wrong_signature`.
        """
        signed = _read(response, BINDING)
        point = read_jwk(response["public_key"]) if signed else None
        if signed is None or point is None or not isinstance(response.get("phone", False), bool):
            return Refused(reason="malformed")
        if not is_usable(point):
            return Refused(reason="unusable_key")
        if reason := self._fault(private, signed.statement, BIND, ctx):
            return Refused(reason=reason)
        if not has_signed(point, signed.raw, signed.signature):
            return Refused(reason="wrong_signature")
        credential = DeviceCredential(
            public_key=point,
            phone=response.get("phone", False),
            last_challenge=_digest(private),
        )
        return Accepted(
            credential=credential, evidence=evidence(credential), handle=thumbprint(point)
        )

    def challenge(self, held: Mapping[str, DeviceCredential], ctx: Context) -> Offer:
        """Ask for a signature; `keys` are thumbprints, none where any key may answer."""
        keys = [thumbprint(credential.public_key) for credential in held.values()]
        asked = _asked(ctx)
        return Offer(
            private={**asked.private, "allow": keys}, public={**asked.public, "keys": keys}
        )

    def verify(
        self,
        held: Mapping[str, DeviceCredential],
        private: Mapping[str, Json],
        response: Json,
        ctx: Context,
    ) -> Accepted[DeviceCredential] | Refused[DeviceCredential]:
        """Judge ``{"key": thumbprint, "client_data", "signature"}``.

        Refuses with `malformed`, `challenge_missing`, `challenge_expired`, a reason of
        `statement_fault`, `unknown_key`, `wrong_signature` or `replayed`.
        """
        signed = _read(response, PROVING)
        if signed is None or exactly(response["key"], THUMBPRINT_SIZE) is None:
            return Refused(reason="malformed")
        if reason := self._fault(private, signed.statement, PROVE, ctx):
            return Refused(reason=reason)
        credential_id, credential = find(held, private["allow"], response["key"])
        point = DECOY_POINT if credential is None else credential.public_key
        right = has_signed(point, signed.raw, signed.signature)
        if credential is None:
            return Refused(reason="unknown_key")
        if not right:
            return Refused(reason="wrong_signature")
        if hmac.compare_digest(credential.last_challenge, _digest(private)):
            return Refused(reason="replayed")
        return Accepted(
            credential=msgspec.structs.replace(credential, last_challenge=_digest(private)),
            credential_id=credential_id,
            evidence=evidence(credential),
        )

    def _fault(
        self, private: Mapping[str, Json], said: Statement, kind: str, ctx: Context
    ) -> str | None:
        if not private:
            return "challenge_missing"
        if ctx.now >= private["issued_at"] + self.settings.lifetime:
            return "challenge_expired"
        return statement_fault(said, kind, private["challenge"], self.settings.origins, ctx)


def _asked(ctx: Context) -> Offer:
    """Draw a challenge that any key may answer."""
    challenge = encode(ctx.entropy(CHALLENGE_SIZE))
    return Offer(
        private={"challenge": challenge, "issued_at": ctx.now, "allow": []},
        public={
            "challenge": challenge,
            "transaction": ctx.transaction,
            "purpose": ctx.purpose,
        },
    )


def _read(response: Json, shapes: Sequence[set[str]]) -> _Signed | None:
    """Return what was signed, of a response that has exactly the members of one of `shapes`."""
    if not isinstance(response, dict) or response.keys() not in shapes:
        return None
    raw = decode(response["client_data"], MAX_SIZE)
    signature = exactly(response["signature"], SIGNATURE_SIZE)
    statement = None if raw is None else read_statement(raw)
    if raw is None or statement is None or signature is None:
        return None
    return _Signed(raw, statement, signature)


def _digest(private: Mapping[str, Json]) -> bytes:
    return hashlib.sha256(private["challenge"].encode("ascii")).digest()
