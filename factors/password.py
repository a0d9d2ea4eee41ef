"""The password: something the customer knows, kept as an Argon2id hash.

`verify` costs one hash whatever it is given, an account that does not exist included; after a
right password whose hash was made with other parameters, one more. What is malformed is refused
before `held` is looked at, so that it too looks the same for every account.

Clause: CC-17010.d.a, ECD.3.1, ECD.3.2, ECD.3.3, ECD.3.4
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

import msgspec

from factors import password_quality
from factors.contract import (
    Accepted,
    Context,
    Credential,
    Entropy,
    Evidence,
    FactorClass,
    Json,
    Offer,
    Refused,
)
from factors.password_hashing import (
    OWASP,
    Argon2Parameters,
    decoy,
    hash_password,
    matches,
    outdated,
)
from factors.password_initial import initial_password
from factors.password_quality import Quality
from factors.response import only_text

__all__ = ["Password", "PasswordCredential", "PasswordSettings", "initial_password"]

ACTIVATION: Final = "activation"
"""The only purpose an initial password serves."""

MAX_DECOMPOSED: Final = 4
"""Code points that may become one under NFC; longer text is not normalised at all."""


class PasswordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Lengths are in code points after NFC.

    NIST SP 800-63B-4 section 3.1.1.2 asks for at least 64 to be allowed, ASVS 5.0 6.2.9 for 64 and
    no more than needed, since every one of them is hashed.
    """

    min_length: int = 8
    max_length: int = 128
    quality: Quality = Quality.TWSE
    argon2: Argon2Parameters = OWASP


class PasswordCredential(Credential, frozen=True, kw_only=True):
    """An encoded Argon2id hash. `initial` ones, sent out by us, `expires` at a Unix time."""

    encoded: str
    expires: float | None = None
    initial: bool = False

    def __repr__(self) -> str:
        return "PasswordCredential(...)"


@dataclass(frozen=True, slots=True)
class Password:
    """The password factor. `blocklist` holds passwords nobody may choose, in lower case."""

    settings: PasswordSettings
    blocklist: frozenset[str] = field(repr=False)

    name: ClassVar[str] = "password"
    credential_type: ClassVar[type[PasswordCredential]] = PasswordCredential
    hashes: ClassVar[bool] = True
    guessable: ClassVar[bool] = True
    may_be_first: ClassVar[bool] = True
    asks_alike: ClassVar[bool] = True
    limit_of_one: ClassVar[bool] = True

    def enroll(
        self,
        held: Mapping[str, PasswordCredential],  # noqa: ARG002 - the contract's
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Offer:
        """Tell the rules a new password must keep."""
        rules = msgspec.structs.asdict(self.settings)
        return Offer(
            private={}, public={k: rules[k] for k in ("min_length", "max_length", "quality")}
        )

    def confirm(
        self,
        private: Mapping[str, Json],  # noqa: ARG002 - the contract's
        response: Json,
        ctx: Context,
    ) -> Accepted[PasswordCredential] | Refused[PasswordCredential]:
        """Take ``{"password": "..."}`` as the customer's own.

        Refuses with `malformed`, `too_short`, `too_long` or a reason of `password_quality.fault`.
        """
        password = self._read(response)
        if isinstance(password, Refused):
            return password
        if reason := self._fault(password, ctx.login_name):
            return Refused(reason=reason)
        credential = PasswordCredential(encoded=self._hash(password, ctx.entropy))
        return Accepted(credential=credential, evidence=_EVIDENCE)

    def challenge(
        self,
        held: Mapping[str, PasswordCredential],  # noqa: ARG002 - the contract's
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Offer:
        """Ask for the password; there is nothing to say."""
        return Offer(private={}, public={})

    def verify(
        self,
        held: Mapping[str, PasswordCredential],
        private: Mapping[str, Json],  # noqa: ARG002 - the contract's
        response: Json,
        ctx: Context,
    ) -> Accepted[PasswordCredential] | Refused[PasswordCredential]:
        """Judge ``{"password": "..."}``.

        Refuses with `malformed`, `too_long`, `no_credential`, `initial_not_allowed`,
        `initial_expired` or `wrong_password`. An initial password is good for activation only;
        the customer's own is good for anything, activation included.
        """
        password = self._read(response)
        if isinstance(password, Refused):
            return password
        credential_id, credential = next(iter(held.items()), ("", None))
        barred = _barred(credential, ctx)
        encoded = (
            decoy(self.settings.argon2) if credential is None or barred else credential.encoded
        )
        right = matches(encoded, password)
        if credential is None or barred or not right:
            return Refused(reason=barred or "wrong_password")
        return Accepted(
            credential=self._rehashed(credential, password, ctx.entropy),
            credential_id=credential_id,
            evidence=_EVIDENCE,
            notes=("initial_password",) if credential.initial else (),
        )

    def issue_initial(self, entropy: Entropy, password: str, expires: float) -> PasswordCredential:
        """Return the credential of an `initial_password`, void from Unix time `expires` on.

        Clause: ECD.3.3, ECD.3.4
        """
        encoded = self._hash(password, entropy)
        return PasswordCredential(encoded=encoded, expires=expires, initial=True)

    def _read(self, response: Json) -> str | Refused[PasswordCredential]:
        text = only_text(response, "password")
        if text is None:
            return Refused(reason="malformed")
        if len(text) > MAX_DECOMPOSED * self.settings.max_length:
            return Refused(reason="too_long")
        password = unicodedata.normalize("NFC", text)
        return Refused(reason="too_long") if self._too_long(password) else password

    def _too_long(self, password: str) -> bool:
        return len(password) > self.settings.max_length

    def _fault(self, password: str, login_name: str) -> str | None:
        if len(password) < self.settings.min_length:
            return "too_short"
        return password_quality.fault(password, login_name, self.settings.quality, self.blocklist)

    def _hash(self, password: str, entropy: Entropy) -> str:
        salt = entropy(self.settings.argon2.salt_length)
        return hash_password(password, salt, self.settings.argon2)

    def _rehashed(
        self, credential: PasswordCredential, password: str, entropy: Entropy
    ) -> PasswordCredential:
        """Return the very same object where the parameters have not moved."""
        if not outdated(credential.encoded, self.settings.argon2):
            return credential
        encoded = self._hash(password, entropy)
        return msgspec.structs.replace(credential, encoded=encoded)


def _barred(credential: PasswordCredential | None, ctx: Context) -> str | None:
    """Return why this credential may not be tried at all, or None. Clause: ECD.3.4"""
    if credential is None:
        return "no_credential"
    if credential.initial and ctx.purpose != ACTIVATION:
        return "initial_not_allowed"
    if credential.expires is not None and ctx.now >= credential.expires:
        return "initial_expired"
    return None


_EVIDENCE: Final = Evidence(
    method=Password.name, classes=(FactorClass.KNOWLEDGE,), amr=("pwd",), direct=True
)
