"""Whether a signed order is the customer's: seven questions, an answer to each, and what counts.

    signature    the key of this certificate signed these very bytes
    chain        an authority that the firm trusts vouches for the certificate
    validity     it does so at this time
    revocation   neither the certificate nor an authority above it is revoked or on hold
    customer     the certificate is of the account that the order is for
    device       the order came from a device agreed with the customer
    fresh        this signed order was not taken before

They are kept apart because they fail for different people: the sender, the authority, the clock,
the firm. A certificate is a file that can be copied: it proves a key and never a device, so
`device` is told by the caller and never read off a signature. Identity comes from the certificate
and the account from the session, and both must agree.

Here is the pure part. What only a store knows comes in as functions of `Sources`; an error that
they raise goes through, and nothing is decided. None of them is asked about a certificate that no
anchor vouches for: whoever signs his own certificate chooses its serial number.

Clause: CC-17010.e.c, CC-17010.e.d
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, Protocol

import msgspec
from cryptography import x509

from identity.certificates.answers import YES, Answer, Verdict, no, unknown
from identity.certificates.paths import Path, Trust
from identity.certificates.refusals import SignatureRefused

QUESTIONS: Final = (
    "signature",
    "chain",
    "validity",
    "revocation",
    "customer",
    "device",
    "fresh",
)


class Status(Enum):
    """What is known of a serial number of an issuer."""

    GOOD = "good"
    ON_HOLD = "on_hold"
    REVOKED = "revoked"
    NOT_ISSUED = "not_issued"
    STALE = "stale"
    """The last word of an outside authority is older than the firm accepts."""
    UNAVAILABLE = "unavailable"


class Claim(Protocol):
    """What says that it is a signed order: `signed_data.SignedMessage`, `signatures.RawSignature`.

    `certificate` and `hints` are as they were sent, `signing_time` is claimed.
    """

    @property
    def content(self) -> bytes: ...
    @property
    def certificate(self) -> x509.Certificate | None: ...
    @property
    def hints(self) -> tuple[x509.Certificate, ...]: ...
    @property
    def signing_time(self) -> float | None: ...
    def check(self, certificate: x509.Certificate) -> bytes:
        """Return the name of this signed order, or raise `SignatureRefused`."""
        ...


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What only a store knows. Each function only tells, and changes nothing.

    `status` of a certificate, given with its issuer's: a serial number alone names nothing.
    `owner` is the account that a certificate was given to, None where it is nobody's.
    `seen` is whether an order of this name was taken before, None where that cannot be told. The
    service keeps the name in the transaction that takes the order, for as long as the certificate
    may be used; the store's unique key decides between two that come at once.
    """

    status: Callable[[x509.Certificate, x509.Certificate], Status]
    owner: Callable[[x509.Certificate], str | None]
    seen: Callable[[bytes], bool | None]


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What an order is held against: the account of the session, the time, and the device.

    `at` is now in Unix seconds, whatever the message claims. `agreed_device` is whether the caller
    knows it to come from an agreed device, None where nothing is known. `certificate` is the
    signer's as the firm holds it, for messages that bring none; it wins over one that was sent.
    """

    account: str
    at: float
    agreed_device: bool | None = None
    certificate: x509.Certificate | None = None


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """The seven answers, and what they are about.

    `name` is what the order is known again by, None where the signature is not right. `anchor` is
    which authority vouched, by the firm's word for it.
    """

    signature: Verdict
    chain: Verdict
    validity: Verdict
    revocation: Verdict
    customer: Verdict
    device: Verdict
    fresh: Verdict
    name: bytes | None = None
    anchor: str = ""
    certificate: x509.Certificate | None = None
    signing_time: float | None = None

    def stands(self, *, device_asked: bool = True) -> bool:
        """Whether this is a valid order: every answer is yes, and unknown is not yes.

        Six of the questions are always asked. A firm whose customers sign with files that they may
        carry about can leave the device to the login and say so here; nothing else can be left.
        """
        return not self.lacking(device_asked=device_asked)

    def lacking(self, *, device_asked: bool = True) -> tuple[str, ...]:
        """Return the questions that keep this from being a valid order."""
        asked = (one for one in QUESTIONS if device_asked or one != "device")
        return tuple(one for one in asked if not getattr(self, one))


def unread(reason: str) -> Judgement:
    """Return the judgement on what could not be read: a no, and nothing else known."""
    return _without_certificate(no(reason))


def judge(claim: Claim, trust: Trust, sources: Sources, asking: Asking) -> Judgement:
    """Return the seven answers on a signed order."""
    certificate = asking.certificate or claim.certificate
    if certificate is None:
        return _without_certificate(unknown("no_certificate"))
    signature, name = _signature(claim, certificate)
    path = trust.path(certificate, asking.at, claim.hints)
    return Judgement(
        signature=signature,
        chain=path.chain,
        validity=path.validity,
        revocation=_revocation(path, sources),
        customer=_customer(path, sources, asking.account),
        device=_told(asking.agreed_device, "device_not_agreed", "device_not_told"),
        fresh=_fresh(name, sources),
        name=name,
        anchor=path.anchor,
        certificate=certificate,
        signing_time=claim.signing_time,
    )


def _signature(claim: Claim, certificate: x509.Certificate) -> tuple[Verdict, bytes | None]:
    try:
        return YES, claim.check(certificate)
    except SignatureRefused as refused:
        return no(refused.reason), None


def _revocation(path: Path, sources: Sources) -> Verdict:
    """Ask for each certificate below the anchor; the worst answer is the answer."""
    if not path.chain:
        return unknown("no_chain")
    pairs = zip(path.certificates, path.certificates[1:], strict=False)
    return _worst(
        [
            _of_status(sources.status(one, issuer), "" if level == 0 else "issuer_")
            for level, (one, issuer) in enumerate(pairs)
        ]
    )


def _of_status(status: Status, whose: str) -> Verdict:
    match status:
        case Status.GOOD:
            return YES
        case Status.ON_HOLD | Status.REVOKED | Status.NOT_ISSUED:
            return no(whose + status.value)
        case _:
            return unknown(f"{whose}status_{status.value}")


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    for answer in (Answer.NO, Answer.UNKNOWN):
        for verdict in verdicts:
            if verdict.answer is answer:
                return verdict
    return YES


def _customer(path: Path, sources: Sources, account: str) -> Verdict:
    if not path.chain:
        return unknown("no_chain")
    owner = sources.owner(path.certificates[0])
    if owner is None:
        return no("certificate_of_nobody")
    return YES if owner == account else no("certificate_of_another")


def _fresh(name: bytes | None, sources: Sources) -> Verdict:
    """Ask only for what was signed: else strangers could ask what others have sent."""
    if name is None:
        return unknown("not_signed")
    seen = sources.seen(name)
    return _told(None if seen is None else not seen, "seen_before", "memory_unavailable")


def _told(told: bool | None, otherwise: str, untold: str) -> Verdict:  # noqa: FBT001 - it is the answer itself, not a switch
    if told is None:
        return unknown(untold)
    return YES if told else no(otherwise)


def _without_certificate(signature: Verdict) -> Judgement:
    nothing = unknown("no_certificate")
    return Judgement(
        signature=signature,
        chain=nothing,
        validity=nothing,
        revocation=nothing,
        customer=nothing,
        device=nothing,
        fresh=nothing,
    )
