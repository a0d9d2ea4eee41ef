"""From a customer's certificate to an anchor of the firm: a verdict on the chain, one on the dates.

PyCA's `ClientVerifier` builds the path, with our own profile (`path_profile`), at most one
authority between anchor and customer, and no more. It knows one answer for everything, so the
dates are told apart from the chain here: what does not hold today is tried at the moments when it
could have held. An expired certificate of a good authority is a good chain out of its time, and a
certificate of nobody is no chain whatever its dates say.

Revocation is no part of a path: `verdicts` asks for it, of every certificate below the anchor.
This is no general path validation by RFC 5280: what the profile lacks is refused, never skipped. Of
what NIST's suite accepts, it refuses policies that an authority demands or maps, limits of names,
names that agree only without regard to case or blanks, an authority that vouches for its own next
key, more than two levels, dates in the wrong form, and DSA. It accepts nothing that the suite
refuses, but for what revocation lists say (`tests/identity/certificates/test_pkits.py`, by name).

Clause: CC-17010.e.c, CC-17010.e.d, ECD.5
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from identity.certificates import path_profile
from identity.certificates.answers import YES, Verdict, no, unknown
from identity.certificates.refusals import UNREADABLE, TrustRefused

MOST_ANCHORS: Final = 16
MOST_INTERMEDIATES: Final = 16
MOST_HINTS: Final = 8
"""Of the certificates that a sender gives, those after the eighth are not looked at."""

LEVELS: Final = 1
"""Authorities between an anchor and a customer: a root, and an issuer below it."""


class Anchor(msgspec.Struct, frozen=True):
    """An authority that the firm trusts, and what the firm calls it. It need not be a root."""

    name: str
    certificate: x509.Certificate


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a certificate's way to an anchor.

    `certificates` are the way found, from the customer's up to the anchor's own, and `anchor` is
    that one's name; both are empty where there is none, and then nothing is known of the dates:
    nobody vouches for them.
    """

    chain: Verdict
    validity: Verdict
    anchor: str = ""
    certificates: tuple[x509.Certificate, ...] = ()


class Trust:
    """The firm's anchors and intermediates, held against the profile once and used for good.

    `usages` are the extended key usages that count, as dotted identifiers. Raises `TrustRefused`:
    `no_anchors`, `too_many`, `anchor_named_twice`, or an authority's fault (`path_profile.fault`).
    """

    def __init__(
        self,
        anchors: Sequence[Anchor],
        intermediates: Sequence[x509.Certificate] = (),
        usages: frozenset[str] = path_profile.USAGES,
    ) -> None:
        certificates = [anchor.certificate for anchor in anchors]
        self._leaf = path_profile.leaf_rules(usages)
        self._authority = path_profile.authority_rules(usages)
        _refuse_numbers(anchors, intermediates)
        if reason := path_profile.outside([*certificates, *intermediates], self._authority):
            raise TrustRefused(reason)
        self._names = {anchor.certificate: anchor.name for anchor in anchors}
        self._intermediates = tuple(intermediates)
        self._builder = (
            PolicyBuilder()
            .store(Store(certificates))
            .max_chain_depth(LEVELS)
            .extension_policies(
                ca_policy=path_profile.policy(self._authority),
                ee_policy=path_profile.policy(self._leaf),
            )
        )

    def path(
        self, leaf: x509.Certificate, at: float, hints: Sequence[x509.Certificate] = ()
    ) -> Path:
        """Return the way from `leaf` to an anchor at a time in Unix seconds.

        `hints` are certificates that came with it; each is held against the profile as an
        authority before it may help.
        """
        if leaf in self._names:
            return _none("leaf_is_anchor")
        if reason := path_profile.plain_fault(leaf):
            return _none(reason)
        moment = datetime.fromtimestamp(math.floor(at), UTC)
        between = (*self._intermediates, *self._useful(hints))
        found = self._found(leaf, between, (moment, *self._other_moments(leaf, between, moment)))
        if not found:
            return _none(path_profile.fault(leaf, self._leaf) or "no_path")
        return Path(
            chain=YES,
            validity=_validity(found, moment),
            anchor=self._names[found[-1]],
            certificates=found,
        )

    def _useful(self, hints: Sequence[x509.Certificate]) -> list[x509.Certificate]:
        known = {*self._names, *self._intermediates}
        fresh = [hint for hint in hints[:MOST_HINTS] if hint not in known]
        return [hint for hint in fresh if not path_profile.fault(hint, self._authority)]

    def _found(
        self,
        leaf: x509.Certificate,
        between: Sequence[x509.Certificate],
        moments: Iterable[datetime],
    ) -> tuple[x509.Certificate, ...]:
        """Return the first way that holds at one of these moments, or nothing."""
        for moment in moments:
            verifier = self._builder.time(moment).build_client_verifier()
            try:
                return tuple(verifier.verify(leaf, list(between)).chain)
            except (VerificationError, *UNREADABLE):
                continue
        return ()

    def _other_moments(
        self, leaf: x509.Certificate, between: Sequence[x509.Certificate], moment: datetime
    ) -> Iterable[datetime]:
        """Return when a way might have held that does not hold at `moment`.

        All of a way holds at once from the latest of its beginnings on, if it ever does. Where
        everything is within its dates, there is no such moment and nothing is tried again.
        """
        everything = (leaf, *between, *self._names)
        if all(not _out_of_time(one, moment) for one in everything):
            return ()
        starts = {one.not_valid_before_utc for one in everything}
        return sorted(
            (start for start in starts if not _out_of_time(leaf, start)),
            key=lambda start: abs(moment - start),
        )


def _refuse_numbers(anchors: Sequence[Anchor], intermediates: Sequence[x509.Certificate]) -> None:
    if not anchors:
        raise TrustRefused("no_anchors")
    if len(anchors) > MOST_ANCHORS or len(intermediates) > MOST_INTERMEDIATES:
        raise TrustRefused("too_many")
    once = {anchor.name for anchor in anchors}, {anchor.certificate for anchor in anchors}
    if {len(part) for part in once} != {len(anchors)}:
        raise TrustRefused("anchor_named_twice")


def _none(reason: str) -> Path:
    return Path(chain=no(reason), validity=unknown("no_chain"))


def _validity(found: Sequence[x509.Certificate], moment: datetime) -> Verdict:
    """Return whether a way is within its dates: the customer's own is told of first."""
    places = ("leaf", *("issuer" for _ in found[1:-1]), "anchor")
    for place, certificate in zip(places, found, strict=True):
        if reason := _out_of_time(certificate, moment):
            return no(f"{place}_{reason}")
    return YES


def _out_of_time(certificate: x509.Certificate, moment: datetime) -> str:
    """Return `not_yet_valid` or `expired`, "" within the dates, both of which are inside."""
    if moment < certificate.not_valid_before_utc:
        return "not_yet_valid"
    return "expired" if moment > certificate.not_valid_after_utc else ""
