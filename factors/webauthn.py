"""WebAuthn: passkeys and security keys, which sign a challenge for our origin and no other.

Stricter than the library beneath it: the user must be verified, pages that frame us are refused,
a key's backup eligibility may not change, an attestation counts only under a configured root, a
model that its metadata warns of is not registered any more, and a counter that goes backwards is a
finding with a policy.

Source: W3C WebAuthn Level 3. Clause: CC-17010.d.b
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import msgspec
from webauthn import generate_authentication_options, generate_registration_options
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from factors.contract import Accepted, Context, Json, Offer, Refused
from factors.webauthn_attestation import judge, pinned
from factors.webauthn_ceremony import (
    ALGORITHMS,
    DECOY_KEY,
    check_assertion,
    check_registration,
    is_usable,
    read_assertion,
    read_attestation,
    read_authenticator_data,
    read_registration,
    said_model,
)
from factors.webauthn_challenge import (
    challenge_bytes,
    challenge_fault,
    client_data_fault,
    new_challenge,
)
from factors.webauthn_credential import (
    METHOD,
    CounterPolicy,
    WebAuthnCredential,
    WebAuthnSettings,
    descriptor,
    eligible,
    evidence,
    find,
    notes,
    registered,
)

__all__ = ["CounterPolicy", "WebAuthn", "WebAuthnCredential", "WebAuthnSettings"]


@dataclass(frozen=True, slots=True)
class WebAuthn:
    """The WebAuthn factor."""

    settings: WebAuthnSettings

    name: ClassVar[str] = METHOD
    credential_type: ClassVar[type[WebAuthnCredential]] = WebAuthnCredential
    hashes: ClassVar[bool] = False
    guessable: ClassVar[bool] = False
    may_be_first: ClassVar[bool] = True
    asks_alike: ClassVar[bool] = True
    limit_of_one: ClassVar[bool] = False

    def enroll(self, held: Mapping[str, WebAuthnCredential], ctx: Context) -> Offer:
        """Offer creation options for a discoverable key; those already held are excluded."""
        private = new_challenge(ctx, self.settings.timeout_seconds)
        options = generate_registration_options(
            rp_id=self.settings.rp_id,
            rp_name=self.settings.rp_name,
            user_id=ctx.account.encode(),
            user_name=ctx.login_name,
            user_display_name=ctx.display_name,
            challenge=challenge_bytes(private),
            timeout=self.settings.timeout_seconds * 1000,
            attestation=self._conveyance(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[descriptor(credential) for credential in held.values()],
            supported_pub_key_algs=ALGORITHMS,
        )
        return Offer(private=private, public={"publicKey": options_to_json_dict(options)})

    def confirm(
        self, private: Mapping[str, Json], response: Json, ctx: Context
    ) -> Accepted[WebAuthnCredential] | Refused[WebAuthnCredential]:
        """Take ``{"credential": RegistrationResponseJSON}``; the handle is the credential id.

        Refuses with a reason of `webauthn_challenge`, with `malformed`, `user_not_verified`,
        `bad_registration`, `unusable_key`, `untrusted_attestation`, `aaguid_mismatch`,
        `model_not_allowed` or `authenticator_status`. Notes `metadata_stale` where the metadata
        knows the model, and newer must be out.
        """
        registration = read_registration(response)
        if registration is None:
            return Refused(reason="malformed")
        data = registration.response.client_data_json
        if reason := self._challenge_fault(private, data, ctx):
            return Refused(reason=reason)
        return self._register(private, registration, ctx)

    def challenge(self, held: Mapping[str, WebAuthnCredential], ctx: Context) -> Offer:
        """Offer request options; where `held` is empty, any discoverable key may answer."""
        ids = [bytes_to_base64url(credential.credential_id) for credential in held.values()]
        private = new_challenge(ctx, self.settings.timeout_seconds, ids)
        options = generate_authentication_options(
            rp_id=self.settings.rp_id,
            challenge=challenge_bytes(private),
            timeout=self.settings.timeout_seconds * 1000,
            allow_credentials=[descriptor(credential) for credential in held.values()],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Offer(private=private, public={"publicKey": options_to_json_dict(options)})

    def verify(
        self,
        held: Mapping[str, WebAuthnCredential],
        private: Mapping[str, Json],
        response: Json,
        ctx: Context,
    ) -> Accepted[WebAuthnCredential] | Refused[WebAuthnCredential]:
        """Judge ``{"credential": AuthenticationResponseJSON}``.

        Refuses with a reason of `webauthn_challenge`, with `malformed`, `user_not_verified`,
        `bad_assertion`, `unknown_credential`, `wrong_user_handle`, `replayed`, `suspect`,
        `backup_eligibility_changed` or `counter_regressed`; the last hands back the credential
        marked `suspect`. Notes `counter_regressed` where that is only flagged, and
        `authenticator_status` where the metadata warns of the model by now.
        """
        assertion = read_assertion(response)
        if assertion is None:
            return Refused(reason="malformed")
        data = assertion.response.client_data_json
        if reason := self._challenge_fault(private, data, ctx):
            return Refused(reason=reason)
        authenticator_data = read_authenticator_data(assertion)
        if authenticator_data is None:
            return Refused(reason="malformed")
        if not authenticator_data.flags.uv:
            return Refused(reason="user_not_verified")
        return self._assert(held, private, assertion, ctx)

    def _conveyance(self) -> AttestationConveyancePreference:
        """Ask for an attestation only where one could be believed: browsers warn their user."""
        believed = self.settings.roots or self.settings.metadata
        direct, none = AttestationConveyancePreference.DIRECT, AttestationConveyancePreference.NONE
        return direct if believed else none

    def _challenge_fault(
        self, private: Mapping[str, Json], client_data: bytes, ctx: Context
    ) -> str | None:
        return challenge_fault(private, ctx) or client_data_fault(
            client_data, private, self.settings.origins
        )

    def _register(
        self, private: Mapping[str, Json], registration: RegistrationCredential, ctx: Context
    ) -> Accepted[WebAuthnCredential] | Refused[WebAuthnCredential]:
        attestation = read_attestation(registration)
        if attestation is None:
            return Refused(reason="malformed")
        if not attestation.auth_data.flags.uv:
            return Refused(reason="user_not_verified")
        aaguid = said_model(attestation)
        verified = check_registration(
            registration,
            challenge_bytes(private),
            self.settings.rp_id,
            self.settings.origins,
            pinned(attestation, aaguid, self.settings, ctx.now),
        )
        if verified is None:
            return Refused(reason="bad_registration")
        if not is_usable(verified.credential_public_key):
            return Refused(reason="unusable_key")
        judged = judge(attestation, aaguid, self.settings, ctx.now)
        if judged.refused:
            return Refused(reason=judged.trust.value)
        credential = registered(verified, registration, judged.attested_by)
        return Accepted(
            credential=msgspec.structs.replace(credential, last_challenge=_digest(private)),
            evidence=evidence(credential, self.settings, ctx.now),
            handle=bytes_to_base64url(credential.credential_id),
            notes=judged.notes,
        )

    def _assert(
        self,
        held: Mapping[str, WebAuthnCredential],
        private: Mapping[str, Json],
        assertion: AuthenticationCredential,
        ctx: Context,
    ) -> Accepted[WebAuthnCredential] | Refused[WebAuthnCredential]:
        credential_id, credential = find(held, private["allow"], assertion.raw_id)
        verified = check_assertion(
            assertion,
            challenge_bytes(private),
            self.settings.rp_id,
            self.settings.origins,
            DECOY_KEY if credential is None else credential.public_key,
        )
        if credential is None:
            return Refused(reason="unknown_credential")
        if verified is None:
            return Refused(reason="bad_assertion")
        if reason := self._fault(credential, private, assertion, verified, ctx):
            return Refused(reason=reason)
        return self._settle(credential_id, credential, verified.new_sign_count, private, ctx)

    def _fault(
        self,
        credential: WebAuthnCredential,
        private: Mapping[str, Json],
        assertion: AuthenticationCredential,
        verified: VerifiedAuthentication,
        ctx: Context,
    ) -> str | None:
        """Return what speaks against an assertion whose signature is right, or None."""
        handle = assertion.response.user_handle
        nameless = handle is None and private["allow"]
        if not nameless and handle != ctx.account.encode():
            return "wrong_user_handle"
        if credential.last_challenge == _digest(private):
            return "replayed"
        if credential.suspect and self.settings.counter is CounterPolicy.REFUSE:
            return "suspect"
        unchanged = eligible(verified) == credential.backup_eligible
        return None if unchanged else "backup_eligibility_changed"

    def _settle(
        self,
        credential_id: str,
        credential: WebAuthnCredential,
        count: int,
        private: Mapping[str, Json],
        ctx: Context,
    ) -> Accepted[WebAuthnCredential] | Refused[WebAuthnCredential]:
        """Move the counter, or find that it went backwards."""
        newest = max(count, credential.sign_count)
        regressed = newest > 0 and count <= credential.sign_count
        moved = msgspec.structs.replace(
            credential,
            sign_count=newest,
            last_challenge=_digest(private),
            suspect=credential.suspect or regressed,
        )
        if regressed and self.settings.counter is CounterPolicy.REFUSE:
            return Refused(
                reason="counter_regressed", credential=moved, credential_id=credential_id
            )
        return Accepted(
            credential=moved,
            credential_id=credential_id,
            evidence=evidence(moved, self.settings, ctx.now),
            notes=notes(moved, self.settings, ctx.now),
        )


def _digest(private: Mapping[str, Json]) -> bytes:
    return hashlib.sha256(challenge_bytes(private)).digest()
