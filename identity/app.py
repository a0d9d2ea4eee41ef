"""The composition root: the one place that names a store, and what an application embeds.

    identity = build(settings)
    app = Starlette(routes=[Mount("/identity", app=identity)], lifespan=identity.lifespan)

A mounted application's lifespan does not run by itself, so the host enters ours in its own.
Without it every route answers 503 `not_started`.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path

import anyio.to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from factors.contract import Entropy
from identity import assembly, logs
from identity import entropy as chance
from identity.assembly import Design, Running
from identity.clock import DAY, Clock
from identity.errors import NotStarted, SettingsError
from identity.keys import private
from identity.keys.file import load_or_create
from identity.keys.live import LiveRing
from identity.keys.ring import KeyRing
from identity.sessions.service import SignedIn
from identity.settings import Settings, load
from identity.storage.counters import Counters
from identity.storage.memory.counters import MemoryCounters
from identity.storage.ports import Store
from identity.storage.redis.counters import RedisCounters
from identity.storage.redis.server import Server
from identity.storage.sql.counters import SqlCounters
from identity.storage.sql.store import SqlStore, migrate
from identity.throttling import limits
from identity.throttling.failover import Failover
from identity.web.guard import Guard
from identity.web.pools import Pool
from identity.web.routes import application
from identity.web.services import Services

CLOCKS_APART = 60.0
"""Seconds that a key in Redis outlives its use by Redis' own clock. A lab's stands still: a day."""


class Identity:
    """The service as an ASGI application, with what a host needs of it."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._running: Running | None = None
        self._app = application(self.services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(self, receive, send)
        else:
            await self._app(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, _host: object = None) -> AsyncIterator[None]:
        """Run the service while the block lasts: the host enters it in its own lifespan."""
        opened, running = await anyio.to_thread.run_sync(self._start)
        self._running = running
        try:
            yield
        finally:
            self._running = None
            await anyio.to_thread.run_sync(_stop, opened, running)

    def guard(
        self,
        app: ASGIApp,
        *,
        operation: str,
        login_url: str | None = None,
        audience: str | None = None,
    ) -> ASGIApp:
        """Return `app` behind the guard: it is reached by sessions that satisfy `operation`.

        With `audience`, one of `tokens.audiences`, access tokens for it pass as well, and whoever
        is short of a level is told so as RFC 9470 says.

        Inside, `scope["trifactor"]` is a `SignedIn`. For a page, `login_url` is where a caller
        without is sent, with `?next=`. Raises `KeyError` for an operation the policy has not, or
        an audience the settings have not.
        """
        self._design.table.operations[operation]
        if audience is not None and audience not in self._design.settings.tokens.audiences:
            raise KeyError(audience)
        return Guard(
            app,
            operation=operation,
            login_url=login_url,
            audience=audience,
            services=self.services,
        )

    async def spend(self, signed_in: SignedIn, *, purpose: str, binding: str) -> bool:
        """Use up what the customer approved in a step-up: True exactly once for one approval.

        `binding` is the hash that was given when the step-up was opened.
        """
        services = self.services()
        return await services.pools.run(
            Pool.LIGHT, lambda: services.sessions.spend(signed_in.session_id, purpose, binding)
        )

    def services(self) -> Services:
        """Return what runs, or raise `NotStarted`."""
        if self._running is None:
            raise NotStarted("enter identity.lifespan in your application's own lifespan")
        return self._running.services

    def _start(self) -> tuple[ExitStack, Running]:
        with ExitStack() as opened:
            store = opened.enter_context(closing(open_store(self._design.settings)))
            counters = opened.enter_context(closing(open_counters(self._design)))
            running = assembly.assemble(self._design, store, counters, open_ring(self._design))
            running.start()
            return opened.pop_all(), running


def build(
    settings: Settings, *, clock: Clock | None = None, entropy: Entropy = chance.system
) -> Identity:
    """Return the service for `settings`; nothing is opened before its lifespan is entered.

    `clock` is for tests; in a deployment time is the machine's, or lab mode's file.
    """
    logs.configure(settings.mode)
    return Identity(assembly.design(settings, clock=clock, entropy=entropy))


def configured() -> Identity:
    """Return the service for the settings that the environment names, for a server's workers.

    What was made by now stays until the end. The collector, which would look at all of it again and
    again for a tenth of a second each time while every request waits, is told to pass it over.
    """
    identity = build(load())
    gc.collect()
    gc.freeze()
    return identity


def prepare(settings: Settings) -> None:
    """Do what a start does once, before any worker: the schema, the key ring.

    Raises as a worker would, so that whoever starts them is told in one sentence and not by each.
    """
    design = assembly.design(settings, clock=None, entropy=chance.system)
    with closing(open_store(settings)):
        open_ring(design)


def open_store(settings: Settings) -> Store:
    """Open the store; outside production its schema is brought up to date first."""
    database = settings.database
    if settings.mode != "production":
        _make_room(database.url)
        migrate(database.url)
    store = SqlStore(
        database.url,
        writer_id=lambda: chance.token(chance.system),
        synchronous=database.synchronous,
        pool_size=database.pool_size,
    )
    with ExitStack() as opened:
        opened.enter_context(closing(store))
        store.check()
        opened.pop_all()
    return store


def open_counters(design: Design) -> Counters:
    """Open where attempts are counted; a Redis that cannot be reached is no reason not to start."""
    kind = design.settings.counters.kind
    if kind == "store":
        return SqlCounters()
    remembers = limits.longest(design.limits)
    local = MemoryCounters(design.clock(), remembers=remembers)
    if kind == "process":
        return local
    return Failover(RedisCounters(_redis(design), remembers=remembers), local)


def open_ring(design: Design) -> KeyRing:
    """Open the key ring, or make it on the first start; it follows its file from then on."""
    file = Path(design.settings.keys.file)
    if design.settings.mode != "production":
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    load_or_create(file, design.clock(), design.entropy)
    return LiveRing(file)


def _redis(design: Design) -> Server:
    counters = design.settings.counters
    file = Path(counters.password_file)

    def password() -> str:
        return private.read(file, "Redis password file").decode().rstrip("\r\n")

    if counters.password_file:
        try:
            password()
        except FileNotFoundError as error:
            raise SettingsError(f"There is no Redis password file {file}.") from error
    return Server(
        counters.url,
        prefix=counters.prefix,
        timeout=counters.timeout,
        grace=CLOCKS_APART if design.settings.mode != "lab" else DAY,
        entropy=design.entropy,
        user=counters.user,
        password=password if counters.password_file else None,
        ca_file=counters.ca_file,
    )


def _make_room(url: str) -> None:
    """Make the folder of an embedded SQLite file, so that a first start needs no preparation."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _stop(opened: ExitStack, running: Running) -> None:
    with opened:
        running.stop()


async def _lifespan(identity: Identity, receive: Receive, send: Send) -> None:
    """Speak ASGI's lifespan protocol, for a server that runs us by ourselves."""
    await receive()
    phase = "startup"
    try:
        async with identity.lifespan():
            await send({"type": "lifespan.startup.complete"})
            phase = "shutdown"
            await receive()
    except Exception as error:
        await send({"type": f"lifespan.{phase}.failed", "message": str(error)})
        raise
    await send({"type": "lifespan.shutdown.complete"})
