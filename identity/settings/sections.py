"""What may be set, table by table, with what is in force where nothing is said."""

from __future__ import annotations

import os
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

METADATA = "metadata"
"""In `webauthn.device_bound`: all models whose metadata says that hardware keeps their keys."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file."""


class Firm(_Section, frozen=True, kw_only=True):
    """Whom the rules apply to. Both words are required in production.

    `security_grade` is the grade (A to D) that decides which clauses "by grade" apply.
    """

    name: str = "Trifactor"
    kind: Literal["", "securities", "futures", "other"] = ""
    security_grade: Literal["", "A", "B", "C", "D"] = ""


class Database(_Section, frozen=True, kw_only=True):
    """`url` is SQLAlchemy's. `synchronous` is SQLite's: only FULL survives a power cut."""

    url: str = "sqlite:///var/identity.db"
    synchronous: Literal["FULL", "NORMAL"] = "FULL"
    pool_size: int = 8


class Keys(_Section, frozen=True, kw_only=True):
    """The key ring's file: mode 0600, and never in the same backup as the database."""

    file: str = "var/keys.json"


class Proxies(_Section, frozen=True, kw_only=True):
    """Networks whose `X-Forwarded-For` is believed. A client elsewhere is who connects to us."""

    trusted: tuple[str, ...] = ()


class Network(_Section, frozen=True, kw_only=True):
    """`asn_file` tells whose network an address is in: a file of MaxMind's DB format, type ASN."""

    asn_file: str = ""


class Argon2(_Section, frozen=True, kw_only=True):
    """Argon2id's cost. The default is OWASP's second choice, equal to its first in strength."""

    memory_kib: int = 19 * 1024
    time_cost: int = 2
    parallelism: int = 1


class Password(_Section, frozen=True, kw_only=True):
    """Rules for passwords. `quality` is the Exchange's by default (ECD.3.2).

    NIST SP 800-63B-4 and ASVS 5.0 6.2.5 forbid composition rules; a firm that answers to them
    sets `nist`. `wrong_entries` is ECD.4's count before a way in asks another factor first.
    """

    quality: Literal["twse", "nist"] = "twse"
    minimum: int = 8
    maximum: int = 128
    wrong_entries: int = 3
    initial_days: int = 30
    argon2: Argon2 = Argon2()


class Totp(_Section, frozen=True, kw_only=True):
    """`steps_back`: how many 30-second steps before the current one still count (RFC 6238 5.2)."""

    steps_back: Literal[0, 1] = 1


class Pattern(_Section, frozen=True, kw_only=True):
    """The grid that patterns are drawn on, 3 to 6 nodes a side. A changed one voids older patterns.

    `minimum` is the fewest nodes of a new one.
    """

    rows: int = 3
    columns: int = 3
    minimum: int = 6


class GridCard(_Section, frozen=True, kw_only=True):
    """A card's cells, how many an answer has, and how many answers it gives."""

    columns: int = 10
    rows: int = 5
    asked: int = 3
    max_uses: int = 15


class Device(_Section, frozen=True, kw_only=True):
    """`origins` are those of the firm's apps, beside the pages': ``android:apk-key-hash:...``."""

    origins: tuple[str, ...] = ()


class WebAuthn(_Section, frozen=True, kw_only=True):
    """The relying party. `rp_id` "" means the host of the first origin.

    `roots` maps an attestation format to PEM files; `device_bound` lists AAGUIDs that the firm
    agrees to as physical devices, and the word `metadata` agrees to all whose metadata says that
    hardware keeps their keys. `biometric` lists AAGUIDs that verify their user by a biometric
    only, beside those of which metadata says so. `allowed`, unless empty, lists the only models
    that may be registered.

    `metadata_file` is the FIDO Metadata Service's BLOB, `metadata_root_file` the PEM of the root
    it leads to, `metadata_signer` the DNS name that signs it ("" takes any under that root).
    `metadata_stale` says whether roots of a BLOB older than its own next one still count for new
    keys ("warn") or not ("refuse").
    """

    rp_id: str = ""
    roots: dict[str, tuple[str, ...]] = {}
    device_bound: tuple[str, ...] = ()
    biometric: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    metadata_file: str = ""
    metadata_root_file: str = ""
    metadata_signer: str = "mds.fidoalliance.org"
    metadata_stale: Literal["refuse", "warn"] = "refuse"
    on_counter_regression: Literal["refuse", "flag"] = "refuse"


class Policy(_Section, frozen=True, kw_only=True):
    """The policy table in force: a shipped profile's name, or a path to a TOML file."""

    profile: str = "twse"


class Sessions(_Section, frozen=True, kw_only=True):
    """Seconds. `remembered` is how long the guard may believe what it last read of the store.

    `operator_idle` and `operator_absolute` are for operators' sessions.
    """

    idle: float = 900
    absolute: float = 8 * 3600
    operator_idle: float = 600
    operator_absolute: float = 4 * 3600
    activation: float = 1800
    recovery: float = 600
    remembered: float = 2.0


FourEyed = Literal[
    "account.approve",
    "account.reject",
    "account.suspend",
    "account.resume",
    "account.close",
    "account.reissue",
    "operator.add",
    "operator.roles",
    "operator.suspend",
    "operator.resume",
    "operator.close",
    "operator.reissue",
]
"""What operators do that may need a second one (see `identity.accounts.actions`)."""


class Accounts(_Section, frozen=True, kw_only=True):
    """Who approves an application: nobody ("automatic"), or an "operator"; "" goes by the mode.

    `four_eyes` lists what needs a second operator.
    """

    approval: Literal["", "automatic", "operator"] = ""
    four_eyes: tuple[FourEyed, ...] = (
        "account.approve",
        "account.reissue",
        "account.close",
        "operator.add",
        "operator.roles",
        "operator.reissue",
    )


class Logins(_Section, frozen=True, kw_only=True):
    """Seconds a login transaction lives, and how long a code or challenge in it."""

    lifetime: float = 600
    enrolment: float = 600


class Tokens(_Section, frozen=True, kw_only=True):
    """Access tokens. `audiences` are the firm's APIs they may be for, by URL; none by default.

    `issuer` is the URL this service is reached at, its mount path included; "" means the first
    origin. `client_id` is what tokens call the firm's own pages.
    """

    issuer: str = ""
    audiences: tuple[str, ...] = ()
    client_id: str = "pages"


class Smtp(_Section, frozen=True, kw_only=True):
    """The firm's mail relay. The password is in a file of mode 0600, never here.

    `security` is `starttls` (port 587, RFC 3207), `tls` from the first byte (port 465, RFC 8314)
    or `none`. The relay's certificate must be for `host`, by an authority of the machine or of
    `ca_file` (PEM). `timeout` is in seconds, for each step.
    """

    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    user: str = ""
    password_file: str = ""
    sender: str = ""
    timeout: float = 5.0


class Sms(_Section, frozen=True, kw_only=True):
    """The firm's SMS gateway: the request that it wants, and how it says that it took a message.

    In the values of `headers`, `query`, `form` and `json`, `$phone`, `$text` and `$id` are the
    message's, and any other `$name` is that line's of `credentials_file` (mode 0600, `name=value`).
    `phone` is written as ``+886912345678``, as ``886912345678`` or, in `country`, ``0912345678``.
    `line_break` is what the gateway wants between two lines. It took a message where its answer's
    status is one of `status` and, where they are given, its body matches `accepted` (a regular
    expression, line by line), or has one of `values` at `pointer` (RFC 6901). `timeout` is in
    seconds, for each step; `parallel` messages are on their way at once. What `Template`s these
    must be is checked where they are used: `identity.outbox.sms_request`.
    """

    url: str = ""
    method: Literal["POST", "GET"] = "POST"
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    form: dict[str, str] = {}
    json: dict[str, Any] = {}
    encoding: Literal["utf-8", "big5"] = "utf-8"
    line_break: str = "\n"
    phone: Literal["e164", "digits", "national"] = "e164"
    country: str = "886"
    auth: Literal["", "basic"] = ""
    credentials_file: str = ""
    status: tuple[int, ...] = (200, 201, 202)
    accepted: str = ""
    pointer: str = ""
    values: tuple[str, ...] = ()
    ca_file: str = ""
    timeout: float = 5.0
    parallel: int = 2


class Outbox(_Section, frozen=True, kw_only=True):
    """Where messages to customers go. `folder` and `console` are for demo and tests only.

    With an `sms.url`, SMS goes there whatever `kind` is; with `smtp` and none, it goes nowhere.
    """

    kind: Literal["folder", "console", "smtp"] = "folder"
    folder: str = "var/inbox"
    smtp: Smtp = Smtp()
    sms: Sms = Sms()


class Pools(_Section, frozen=True, kw_only=True):
    """Threads of one process, and how many calls wait for them at most, all lanes together.

    `hash` 0 means a process's part of the cores, one at least. Hashing is all that such a thread
    does: more than there are cores would only fight for them. Half of a queue is kept for known
    devices; what finds no room is refused at once.
    """

    hash: int = 0
    light: int = 8
    hash_queue: int = 128
    light_queue: int = 512


class Counters(_Section, frozen=True, kw_only=True):
    """Where attempts are counted: in the database ("store"), in Redis, or in this one process.

    `url` is Redis' (``redis://``, ``rediss://`` with TLS, ``unix://``), without a user or password
    in it: those are `user` and the file `password_file` of mode 0600. With TLS the server's
    certificate must be by an authority of the machine or of `ca_file` (PEM). `timeout` is in
    seconds, for connecting and for each answer. `prefix` begins every key.
    """

    kind: Literal["store", "redis", "process"] = "store"
    url: str = ""
    user: str = ""
    password_file: str = ""
    ca_file: str = ""
    timeout: float = 0.25
    prefix: str = "trifactor:"


class Lab(_Section, frozen=True, kw_only=True):
    """Seams for testers: a clock read from a file, and limits replaced. Refused in production."""

    clock_file: str = ""
    limits_file: str = ""


class Settings(_Section, frozen=True, kw_only=True):
    """All of it. `origins` are the web origins our pages are served from, the first one is home.

    `workers` is how many processes `identity serve` runs on its port; more than one needs
    PostgreSQL.
    """

    mode: Literal["production", "development", "lab"] = "development"
    origins: tuple[str, ...] = ("http://localhost:8000",)
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    firm: Firm = Firm()
    database: Database = Database()
    keys: Keys = Keys()
    proxies: Proxies = Proxies()
    network: Network = Network()
    password: Password = Password()
    pattern: Pattern = Pattern()
    totp: Totp = Totp()
    grid_card: GridCard = GridCard()
    device: Device = Device()
    webauthn: WebAuthn = WebAuthn()
    policy: Policy = Policy()
    sessions: Sessions = Sessions()
    accounts: Accounts = Accounts()
    logins: Logins = Logins()
    tokens: Tokens = Tokens()
    outbox: Outbox = Outbox()
    pools: Pools = Pools()
    counters: Counters = Counters()
    lab: Lab = Lab()

    @property
    def approval(self) -> str:
        """Who approves applications, in force: in production an operator, unless it says not."""
        by_mode = "operator" if self.mode == "production" else "automatic"
        return self.accounts.approval or by_mode

    @property
    def hash_threads(self) -> int:
        """How many threads of one process hash, in force."""
        return self.pools.hash or max(1, (os.cpu_count() or 1) // self.workers)

    @property
    def issuer(self) -> str:
        """The issuer of access tokens in force."""
        return self.tokens.issuer or next(iter(self.origins), "")

    @property
    def rp_id(self) -> str:
        """The WebAuthn relying party id in force."""
        return self.webauthn.rp_id or (urlsplit(self.origins[0]).hostname or "")
