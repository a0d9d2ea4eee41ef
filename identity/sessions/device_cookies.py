"""Device secrets: signed, so that a forged one costs a hash and no question to the store.

    <token>~<key>~<account>~<tag>

`token` is 256 random bits, and its hash is the device's id in the store. `key` names the key of
the ring that signed. `account` stands for the login name of whoever signed in (an HMAC of it, which
tells nobody the name), so that an opening that names an account is known for its device's before
any name is looked up. `tag` is an HMAC over all of that.

The signature alone proves a login that was completed here, some time. It buys a bucket of one's
own at opening, and an earlier place in the queue. Whether the account still knows the device, the
store says. Clause: CC-17010.j.g
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from identity.keys.mac import short, tag
from identity.keys.ring import Key, KeyRing, Purpose
from identity.sessions.caller import digest

TOKEN = 32
"""Bytes of a token."""

_ACCOUNT_LABEL = "trifactor/device/v1/account"
_TAG_LABEL = "trifactor/device/v1/tag"
_FORM = re.compile(
    r"([A-Za-z0-9_-]{43})~([A-Za-z0-9_-]{8})~([A-Za-z0-9_-]{22})~([A-Za-z0-9_-]{22})"
)


@dataclass(frozen=True, slots=True)
class _Secret:
    """A secret of the right form, by a key we have. `tag` is what it claims."""

    token: str = field(repr=False)
    key: Key
    account: str
    tag: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.token}~{self.key.id}~{self.account}~{self.tag}"

    @property
    def device_id(self) -> str:
        return digest(self.token).hex()

    def is_signed(self) -> bool:
        return hmac.compare_digest(_tag(self.key, self.token, self.account), self.tag)

    def is_for(self, name: str) -> bool:
        return hmac.compare_digest(_account(self.key, name), self.account)


class DeviceCookies:
    """Signs device secrets, and tells whose they are. Never asks the store, nor looks at a file."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def made(self, token: str, name: str) -> str:
        """Return the secret of a device from which the account of this login name signed in."""
        key = self._ring.current(Purpose.DEVICE)
        account = _account(key, name)
        return str(_Secret(token, key, account, _tag(key, token, account)))

    def signed(self, secrets: Sequence[str]) -> bool:
        """Whether any of them is ours, whosever it is: one HMAC for each that looks like one."""
        return any(secret.is_signed() for secret in self._read(secrets))

    def claimed(self, secrets: Sequence[str], name: str) -> tuple[str, ...]:
        """Return the ids of devices that completed a login to this name, the latest last.

        They may have been revoked since. What is forged, or another account's, costs one HMAC.
        """
        read = self._read(secrets)
        own = (secret for secret in read if secret.is_for(name) and secret.is_signed())
        return tuple(dict.fromkeys(secret.device_id for secret in own))

    def token(self, secrets: Sequence[str], device_id: str) -> str:
        """Return the token of this device where its secret is among them, else ""."""
        read = self._read(secrets)
        return next((secret.token for secret in read if secret.device_id == device_id), "")

    def kept(self, secrets: Sequence[str], token: str, name: str) -> tuple[str, ...]:
        """Return what a browser keeps after a login to `name` from the device of this token.

        The other accounts' stay as they are; this account's is one, comes last, and is signed by
        the key in use. What is not ours goes.
        """
        read = self._read(secrets)
        others = (secret for secret in read if not secret.is_for(name) and secret.is_signed())
        return tuple(dict.fromkeys((*map(str, others), self.made(token, name))))

    def _read(self, secrets: Sequence[str]) -> Iterator[_Secret]:
        keys = {key.id: key for key in self._ring.all(Purpose.DEVICE)}
        for sent in secrets:
            found = _FORM.fullmatch(sent)
            key = keys.get(found[2]) if found else None
            if found and key:
                yield _Secret(found[1], key, found[3], found[4])


def _account(key: Key, name: str) -> str:
    return short(tag(key, _ACCOUNT_LABEL, name.encode("utf-8", "surrogatepass")))


def _tag(key: Key, token: str, account: str) -> str:
    return short(tag(key, _TAG_LABEL, f"{token}~{account}".encode("ascii")))
