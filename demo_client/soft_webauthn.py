"""A software WebAuthn authenticator with the browser before it: JSON in, JSON out.

What goes in is `PublicKeyCredentialCreationOptionsJSON` or `…RequestOptionsJSON`; what comes out
has the shape of `PublicKeyCredential.toJSON()` (WebAuthn Level 3, section 5.1). Credentials are
ES256. `Traits` say how the authenticator behaves, dishonestly too: a tester must be able to send
what a service has to refuse.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import cbor2
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from demo_client import base64url
from demo_client.errors import CeremonyRefused
from demo_client.soft_attestation import ES256, Attestation, key_of, new_key, none, scalar_of, sign
from demo_client.world import Entropy

Json: TypeAlias = dict[str, Any]

# Authenticator data flags (WebAuthn Level 3, section 6.1).
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """How an authenticator, and the browser before it, behave.

    `user_verified` is reported even where the options demand otherwise. `counts` False leaves the
    signature counter at 0, as synced passkeys do. `cross_origin` and `top_origin` are what a frame
    in a foreign page reports. `honours_rp_id` False is a client that signs for a relying party
    whose page it is not on.
    """

    aaguid: bytes = bytes(16)
    user_verified: bool = True
    backup_eligible: bool = False
    backed_up: bool = False
    resident: bool = True
    counts: bool = True
    cross_origin: bool = False
    top_origin: str = ""
    honours_rp_id: bool = True


class Passkey(msgspec.Struct, kw_only=True):
    """One credential source. `private` is the P-256 scalar, `sign_count` what was last reported."""

    id: bytes
    private: bytes
    rp_id: str
    user_handle: bytes
    sign_count: int = 0
    traits: Traits = Traits()

    def key(self) -> ec.EllipticCurvePrivateKey:
        """Return the private key."""
        return key_of(self.private)

    def count(self) -> int:
        """Return the next counter value, which is remembered."""
        self.sign_count += self.traits.counts
        return self.sign_count


class SoftAuthenticator:
    """An authenticator that holds `passkeys`, which may be stored and handed in again."""

    def __init__(
        self,
        passkeys: list[Passkey],
        entropy: Entropy,
        traits: Traits,
        attestation: Attestation = none,
    ) -> None:
        self.passkeys = passkeys
        self._entropy = entropy
        self._traits = traits
        self._attestation = attestation

    def clone(self) -> SoftAuthenticator:
        """Copy the keys, with counters of their own: the attack that counters reveal."""
        copies = msgspec.json.decode(msgspec.json.encode(self.passkeys), type=list[Passkey])
        return SoftAuthenticator(copies, self._entropy, self._traits, self._attestation)

    def step_back(self, by: int) -> None:
        """Set every counter back by `by`, not below 0, as on a restored or cloned device."""
        for passkey in self.passkeys:
            passkey.sign_count = max(0, passkey.sign_count - by)

    def create(self, options: Json, origin: str) -> Json:
        """Register for `options` on a page of `origin`, giving `RegistrationResponseJSON`.

        The statement is always this authenticator's own, also where `options` ask for none.
        Raises `CeremonyRefused` where a browser would throw.
        """
        rp_id = self._rp_id(options.get("rp", {}).get("id"), origin)
        self._require_welcome(options, rp_id)
        passkey = self._new_passkey(rp_id, base64url.decode(options["user"]["id"]))
        client_data = self._client_data("webauthn.create", options["challenge"], origin)
        auth_data = _authenticator_data(passkey, passkey.sign_count, attested=True)
        statement = self._attest(passkey, auth_data, client_data)
        self.passkeys.append(passkey)
        return _registration(passkey, client_data, auth_data, statement)

    def get(self, options: Json, origin: str) -> Json:
        """Assert for `options` on a page of `origin`, giving `AuthenticationResponseJSON`.

        Without `allowCredentials` the newest discoverable passkey answers. Raises
        `CeremonyRefused` where a browser would throw.
        """
        rp_id = self._rp_id(options.get("rpId"), origin)
        passkey = self._find(options.get("allowCredentials") or [], rp_id)
        client_data = self._client_data("webauthn.get", options["challenge"], origin)
        auth_data = _authenticator_data(passkey, passkey.count(), attested=False)
        signature = sign(passkey.key(), auth_data + hashlib.sha256(client_data).digest())
        return _assertion(passkey, client_data, auth_data, signature)

    def _rp_id(self, asked: str | None, origin: str) -> str:
        host = urlsplit(origin).hostname or ""
        rp_id = asked or host
        if self._traits.honours_rp_id and rp_id != host and not host.endswith(f".{rp_id}"):
            raise CeremonyRefused("SecurityError", f"{rp_id} is not the site at {origin}")
        return rp_id

    def _require_welcome(self, options: Json, rp_id: str) -> None:
        if ES256 not in [param["alg"] for param in options["pubKeyCredParams"]]:
            raise CeremonyRefused("NotSupportedError", "only ES256 is known here")
        excluded = {base64url.decode(each["id"]) for each in options.get("excludeCredentials", [])}
        if any(each.id in excluded and each.rp_id == rp_id for each in self.passkeys):
            raise CeremonyRefused("InvalidStateError", "this authenticator is already enrolled")

    def _new_passkey(self, rp_id: str, user_handle: bytes) -> Passkey:
        return Passkey(
            id=self._entropy(32),
            private=scalar_of(new_key(self._entropy)),
            rp_id=rp_id,
            user_handle=user_handle,
            traits=self._traits,
        )

    def _attest(self, passkey: Passkey, auth_data: bytes, client_data: bytes) -> bytes:
        signed = auth_data + hashlib.sha256(client_data).digest()
        form, statement = self._attestation(signed, passkey.key())
        return cbor2.dumps({"fmt": form, "attStmt": statement, "authData": auth_data})

    def _client_data(self, kind: str, challenge: str, origin: str) -> bytes:
        # The members and their order are those of WebAuthn's limited serialisation (5.8.1.1).
        data: Json = {"type": kind, "challenge": challenge, "origin": origin}
        data["crossOrigin"] = self._traits.cross_origin
        if self._traits.top_origin:
            data["topOrigin"] = self._traits.top_origin
        return json.dumps(data, separators=(",", ":")).encode()

    def _find(self, allowed: list[Json], rp_id: str) -> Passkey:
        mine = [each for each in reversed(self.passkeys) if each.rp_id == rp_id]
        wanted = [base64url.decode(each["id"]) for each in allowed]
        for passkey in mine:
            if passkey.id in wanted if wanted else passkey.traits.resident:
                return passkey
        raise CeremonyRefused("NotAllowedError", f"no passkey for {rp_id} fits")


def _authenticator_data(passkey: Passkey, sign_count: int, *, attested: bool) -> bytes:
    traits = passkey.traits
    flags = UP | UV * traits.user_verified | BE * traits.backup_eligible | BS * traits.backed_up
    head = hashlib.sha256(passkey.rp_id.encode()).digest()
    if not attested:
        return head + struct.pack(">BI", flags, sign_count)
    return head + struct.pack(">BI", flags | AT, sign_count) + _attested_credential(passkey)


def _attested_credential(passkey: Passkey) -> bytes:
    return passkey.traits.aaguid + struct.pack(">H", len(passkey.id)) + passkey.id + _cose(passkey)


def _cose(passkey: Passkey) -> bytes:
    point = passkey.key().public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    # kty EC2, alg ES256, crv P-256, x, y (RFC 9053 section 7.1.1), in CTAP2's canonical order.
    return cbor2.dumps({1: 2, 3: ES256, -1: 1, -2: x, -3: y})


def _credential(passkey: Passkey, response: Json, results: Json) -> Json:
    name = base64url.encode(passkey.id)
    return {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": results,
        "response": response,
    }


def _registration(
    passkey: Passkey, client_data: bytes, auth_data: bytes, attestation: bytes
) -> Json:
    public = passkey.key().public_key()
    spki = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    response = {
        "clientDataJSON": base64url.encode(client_data),
        "attestationObject": base64url.encode(attestation),
        "authenticatorData": base64url.encode(auth_data),
        "transports": ["internal"],
        "publicKeyAlgorithm": ES256,
        "publicKey": base64url.encode(spki),
    }
    return _credential(passkey, response, {"credProps": {"rk": passkey.traits.resident}})


def _assertion(passkey: Passkey, client_data: bytes, auth_data: bytes, signature: bytes) -> Json:
    response = {
        "clientDataJSON": base64url.encode(client_data),
        "authenticatorData": base64url.encode(auth_data),
        "signature": base64url.encode(signature),
    }
    if passkey.traits.resident:
        response["userHandle"] = base64url.encode(passkey.user_handle)
    return _credential(passkey, response, {})
