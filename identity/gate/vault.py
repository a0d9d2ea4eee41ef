"""Credentials as they are kept: the factor's own record and its evidence, sealed together.

The seal binds account, kind, credential id and version, so neither another customer's row nor
yesterday's opens. For a password hash, the seal is the pepper. Clause: ECD.3.3, CC-17020.b.g
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from factors.contract import Credential, Evidence, Factor
from identity.keys.seal import Sealer
from identity.model import Account, Profile, StoredCredential


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is inside the seal. `evidence` is what confirming it showed: what it may show again."""

    credential: msgspec.Raw
    evidence: Evidence


class _Padding(Credential, frozen=True, kw_only=True):
    padding: str


STAND_IN = 120
"""Characters of a stand-in: about those of an encoded Argon2id hash and what is beside it."""


class Vault:
    """Seals and opens what is stored of customers."""

    def __init__(self, sealer: Sealer, factors: Mapping[str, Factor[Any]]) -> None:
        self._sealer = sealer
        self._factors = factors
        self._kept = msgspec.json.Decoder(Kept)
        self._profile = msgspec.json.Decoder(Profile)
        self._stand_in = self._sealed_stand_in()

    def seal(self, row: StoredCredential, credential: Credential, evidence: Evidence) -> bytes:
        """Seal a credential for the place and version that `row` names."""
        kept = Kept(credential=msgspec.Raw(msgspec.json.encode(credential)), evidence=evidence)
        return self._sealer.seal(
            msgspec.json.encode(kept),
            account=row.account_id,
            kind=row.kind,
            name=row.id,
            version=row.version,
        )

    def open(self, row: StoredCredential) -> tuple[Credential, Evidence]:
        """Open a credential; `SealBroken` where the row is not the one that was written."""
        kept = self._opened(row)
        kind: type[Credential] = self._factors[row.kind].credential_type
        return msgspec.json.decode(kept.credential, type=kind), kept.evidence

    def held(self, rows: Iterable[StoredCredential]) -> dict[str, Credential]:
        """Open several, by credential id: the `held` of a factor's methods.

        Where there are none a stand-in is opened, so that the time tells nobody that an account
        is not there. Clause: CC-17010.j.g
        """
        held = {row.id: self.open(row)[0] for row in rows}
        if not held:
            if not self._stand_in.sealed.startswith(self._sealer.header()):
                self._stand_in = self._sealed_stand_in()  # its key was rotated, and may go
            self._opened(self._stand_in)
        return held

    def _opened(self, row: StoredCredential) -> Kept:
        return self._kept.decode(
            self._sealer.open(
                row.sealed, account=row.account_id, kind=row.kind, name=row.id, version=row.version
            )
        )

    def _sealed_stand_in(self) -> StoredCredential:
        """Make a row as long as a password's, of an account that there is not."""
        row = StoredCredential(
            id="stand-in",
            account_id="stand-in",
            kind="stand-in",
            label="",
            bound_at=0.0,
            bound_in="",
            identified=False,
        )
        evidence = Evidence(method=row.kind, classes=())
        sealed = self.seal(row, _Padding(padding="." * STAND_IN), evidence)
        return msgspec.structs.replace(row, sealed=sealed)

    def profiled(self, account: Account, profile: Profile) -> Account:
        """Return `account` with `profile` sealed into it."""
        sealed = self._sealer.seal(
            msgspec.json.encode(profile),
            account=account.id,
            kind="profile",
            name=account.id,
            version=0,
        )
        return msgspec.structs.replace(account, profile=sealed)

    def profile(self, account: Account) -> Profile:
        """Open the personal data of `account`."""
        return self._profile.decode(
            self._sealer.open(
                account.profile,
                account=account.id,
                kind="profile",
                name=account.id,
                version=0,
            )
        )

    def offer(self, private: Mapping[str, Any], account: str, kind: str, name: str) -> bytes:
        """Seal what a factor keeps to itself between asking and the answer."""
        return self._sealer.seal(
            msgspec.json.encode(private),
            account=account,
            kind=f"offer:{kind}",
            name=name,
            version=0,
        )

    def private(self, sealed: bytes, account: str, kind: str, name: str) -> dict[str, Any]:
        """Open what `offer` sealed."""
        opened = self._sealer.open(
            sealed, account=account, kind=f"offer:{kind}", name=name, version=0
        )
        return msgspec.json.decode(opened, type=dict[str, Any])
