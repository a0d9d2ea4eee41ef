"""Why a certificate is not moved on: one small tree, each leaf with its word for the audit log.

The words are stable, in snake_case, and hold nothing of what arrived. They may be told to the owner
of the certificate and to operators; a stranger never comes so far. The tree stands apart from
`identity.errors` for as long as nothing of it can leave: there is no route yet.
"""

from __future__ import annotations

from identity.certificates.proofs import Proof


class LifecycleRefused(Exception):
    """The rules do not let this happen. Nothing has changed."""

    code = "certificate_conflict"
    status = 409

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownCertificate(LifecycleRefused):
    """`no_such_certificate`: none of this person's at this firm."""

    code = "unknown"
    status = 404


class UnknownEvent(LifecycleRefused):
    """`no_such_event`, or `not_asked_for`: it only ever follows from another one."""

    code = "malformed"
    status = 400


class NotInState(LifecycleRefused):
    """The event does not begin in this state: `is_revoked`, `is_requested`."""


class NotTheirs(LifecycleRefused):
    """`not_for_<actor>`: somebody else may, or nobody."""

    code = "forbidden"
    status = 403


class ProofMissing(LifecycleRefused):
    """`proof_missing`: `missing` says which proofs, in the order they are listed."""

    code = "proof_missing"
    status = 401

    def __init__(self, missing: tuple[Proof, ...]) -> None:
        super().__init__(self.code)
        self.missing = missing


class AgainstCondition(LifecycleRefused):
    """A condition of the event does not hold; the word is the condition's."""
