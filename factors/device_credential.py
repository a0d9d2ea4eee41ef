"""What is kept of a bound device, what a firm may set, and what a signature of its key shows.

Clause: CC-17010.d.b
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from factors.contract import Credential, Evidence, FactorClass
from factors.device_key import thumbprint

METHOD: Final = "device"

PHONE: Final = "phone"
"""What `Evidence.carrier` calls a telephone."""


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`origins` are the web origins and the names of apps that may sign; none: nobody may.

    `lifetime` is for how many seconds a challenge is good: as long as a passkey's, since signing
    takes a moment and reading what is approved may take minutes.
    """

    origins: tuple[str, ...] = ()
    lifetime: float = 300.0


class DeviceCredential(Credential, frozen=True, kw_only=True):
    """A public key as an uncompressed point, and whether its device called itself a phone.

    `last_challenge` is the SHA-256 of the challenge answered last, so that one answer counts once
    even where a challenge is kept.
    """

    public_key: bytes
    phone: bool = False
    last_challenge: bytes = b""


def evidence(credential: DeviceCredential) -> Evidence:
    """Say what a right signature shows: a key in software, for all we know (see `factors.device`).

    `amr` are RFC 8176's words for a software-secured key and for proof that it was used.
    """
    return Evidence(
        method=METHOD,
        classes=(FactorClass.POSSESSION,),
        amr=("swk", "pop"),
        phishing_resistant=True,
        carrier=PHONE if credential.phone else "",
    )


def find(
    held: Mapping[str, DeviceCredential], allow: Sequence[str], key: str
) -> tuple[str, DeviceCredential | None]:
    """Return the id and the credential of the key that answers, where it was asked, or none."""
    asked = not allow or key in allow
    for credential_id, credential in held.items():
        if asked and thumbprint(credential.public_key) == key:
            return credential_id, credential
    return "", None
