"""What the virtual customer holds: name, password, tokens, card, keys, passkeys, cookies.

One JSON file a customer under a folder of the client's own (`var/client/` by default), readable
by its owner alone, because it is everything an impostor would need.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from demo_client.cookies import Cookie
from demo_client.errors import NotHeld, Taken
from demo_client.soft_attestation import AttestationAuthority
from demo_client.soft_card import SoftCard
from demo_client.soft_device import SoftDevice
from demo_client.soft_hotp import SoftHotp
from demo_client.soft_pattern import SoftPattern
from demo_client.soft_sheet import SoftSheet
from demo_client.soft_totp import SoftTotp
from demo_client.soft_webauthn import Passkey
from demo_client.world import Entropy

OWNER_ONLY = 0o600

_NAME = re.compile(r"[a-z0-9._@+-]{3,64}")
_LATEST = "latest"


class Wallet(msgspec.Struct, kw_only=True):
    """Everything one virtual customer knows and has. `url` is the site's origin.

    `service` is the path that the service is mounted at there, `phone` a number by E.164.
    `sms_codes_to` and `mail_codes_to` are where codes go that were enrolled. A member added here
    has a default, so that older files are read.
    """

    account: str
    url: str
    service: str = "/identity"
    locale: str = "en"
    email: str = ""
    phone: str = ""
    password: str = ""
    pattern: SoftPattern | None = None
    totp: SoftTotp | None = None
    hotp: SoftHotp | None = None
    sms_codes_to: str = ""
    mail_codes_to: str = ""
    card: SoftCard | None = None
    devices: list[SoftDevice] = []
    sheet: SoftSheet | None = None
    passkeys: list[Passkey] = []
    cookies: dict[str, Cookie] = {}


class _KeptAuthority(msgspec.Struct, kw_only=True):
    private: bytes
    root_pem: bytes


class Wallets:
    """The wallets in one folder, by account name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, wallet: Wallet) -> None:
        """Write `wallet`, whole or not at all, and remember it as the latest."""
        self.write(f"{_safe(wallet.account)}.json", msgspec.json.encode(wallet))
        self.write(_LATEST, wallet.account.encode())

    def load(self, account: str) -> Wallet:
        """Read the wallet of `account`, of the latest one for ""; `NotHeld` without one."""
        path = self.folder / f"{_safe(account or self._latest())}.json"
        if not path.exists():
            raise NotHeld(f"{path} is not there: `register` comes first")
        return msgspec.json.decode(path.read_bytes(), type=Wallet)

    def require_free(self, account: str) -> None:
        """Raise `Taken` where `account` has a wallet with a password, which would be lost."""
        path = self.folder / f"{_safe(account)}.json"
        if path.exists() and self.load(account).password:
            raise Taken(f"{path} is in use: take another name, or move it away")

    def authority(self, entropy: Entropy, now: float) -> AttestationAuthority:
        """Take up this folder's maker of authenticators, made at `now` where there is none.

        Its root lies beside it as `attestation-root.pem`, for a service that is to trust it.
        """
        path = self.folder / "attestation-authority.json"
        if path.exists():
            kept = msgspec.json.decode(path.read_bytes(), type=_KeptAuthority)
            return AttestationAuthority.loaded(kept.private, kept.root_pem)
        authority = AttestationAuthority.new(entropy, now, "Soft authenticators")
        kept = _KeptAuthority(private=authority.private, root_pem=authority.root_pem)
        self.write("attestation-root.pem", authority.root_pem)
        self.write(path.name, msgspec.json.encode(kept))
        return authority

    def write(self, name: str, content: bytes) -> None:
        """Put `content` into the file `name` of the folder, for the owner's eyes only."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / f".{name}.draft"
        draft.unlink(missing_ok=True)
        # The mode is set at creation: a file made first and closed to others later was open once.
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as f:
            f.write(content)
        draft.replace(self.folder / name)

    def _latest(self) -> str:
        path = self.folder / _LATEST
        if not path.exists():
            raise NotHeld(f"no customer in {self.folder} yet: `register` comes first")
        return path.read_text(encoding="utf-8")


def _safe(account: str) -> str:
    # The service knows names without regard to case; a file name needs more care than that.
    name = account.lower()
    if not _NAME.fullmatch(name):
        raise NotHeld(f"{account!r} is no account name: 3 to 64 of a-z 0-9 . _ @ + -")
    return name
