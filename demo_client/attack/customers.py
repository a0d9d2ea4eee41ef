"""The customers: they sign in while an attack goes on, and we look how it felt.

A customer on a known device does no work and waits for nothing: asked for either, the login counts
as failed. One on a new device does what the login page does: solves what is asked, waits a moment
where told to, and tries again a few times.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from demo_client.attack.addresses import customers as customers_addresses
from demo_client.attack.outcomes import KNOWN, NEW, Felt
from demo_client.attack.service import Attacked
from demo_client.attack.trips import Regular, Trip
from demo_client.errors import ClientError
from demo_client.lab.customers import Customer
from demo_client.lab.errors import LabError
from demo_client.lab.facts import KINDS
from demo_client.lab.letters import Folder, Postbox
from demo_client.lab.pockets import HotpPocket, PasswordPocket, PatternPocket, Pocket, TotpPocket
from demo_client.lab.wire import Browser, stopwatch
from demo_client.passwords import initial_password
from demo_client.world import World

USUAL: Final = ("password", "hotp")
"""What a login shows where nothing else is said: a token's codes can be shown at any moment."""

OTHERS: Final = ("pattern", "hotp")
"""The same without the password."""

ACCEPTED: Final = 202


class Chosen(PasswordPocket):
    """A password that somebody else could have chosen too."""

    def confirm(self, _offer: Any) -> Any:
        """Take the one that is there."""
        return self.answer(None)


class Newcomer(NamedTuple):
    """Who wants an account: with which factors, and which password ("": a good one)."""

    kinds: Sequence[str] = USUAL
    password: str = ""


class Household:
    """All customers of one attacked service, and their postman."""

    def __init__(self, service: Attacked, world: World) -> None:
        self._service = service
        self._world = world
        self._postbox = Postbox(Folder(service.inbox), world.sleep)
        self._addresses = customers_addresses()
        self._lock = threading.Lock()
        self._made = 0
        self.judged = 0

    def joins(self, *newcomers: Newcomer, known: bool = True) -> list[Regular]:
        """Open an account for each, bind their factors, and sign in once, so that all are known."""
        joined = [(self._registers(), newcomer) for newcomer in newcomers]
        for regular, newcomer in joined:
            self._activates(regular, newcomer)
            if known:
                second = "hotp" if "hotp" in newcomer.kinds else "totp"
                self.signs_in(regular, Felt(), KNOWN, ("password", second), patient=True)
        return [regular for regular, _ in joined]

    def signs_in(
        self,
        regular: Regular,
        felt: Felt,
        device: str,
        shown: Sequence[str] = USUAL,
        *,
        patient: bool | None = None,
    ) -> bool:
        """Sign in from a known or a new device, and note how it felt."""
        home = device == KNOWN
        browser = regular.at_home() if home else regular.elsewhere(self._address())
        trip = Trip(browser, felt, patient=not home if patient is None else patient)
        began = stopwatch()
        felt.tried += 1
        try:
            came = trip.goes(regular.customer, shown)
        except ClientError as error:
            felt.why.append(type(error).__name__)
            return False
        finally:
            with self._lock:
                self.judged += trip.judged
        if came:
            felt.ms.append((stopwatch() - began) * 1000)
        return came

    @contextmanager
    def signing_in(
        self, known: Sequence[Regular], new: Sequence[Regular], pause: float
    ) -> Iterator[dict[str, Felt]]:
        """Let customers sign in meanwhile: one at a time from known devices, one from new ones.

        Nobody belongs to both, for a token shows one code after the other. Each kind signs in
        once at least, however short the attack.
        """
        felt, stop = {KNOWN: Felt(), NEW: Felt()}, threading.Event()

        def keep_on(device: str, regulars: Sequence[Regular]) -> None:
            number = 0
            while regulars:
                self.signs_in(regulars[number % len(regulars)], felt[device], device)
                number += 1
                if stop.wait(pause):
                    return

        threads = [
            threading.Thread(target=keep_on, args=pair, daemon=True)
            for pair in ((KNOWN, known), (NEW, new))
        ]
        for thread in threads:
            thread.start()
        try:
            yield felt
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _address(self) -> str:
        with self._lock:
            return next(self._addresses)

    def _registers(self) -> Regular:
        regular = self._new()
        customer = regular.customer
        body = {
            "account": customer.account,
            "display_name": "Customer",
            "email": customer.email,
            "phone": customer.phone,
        }
        reply = Trip(regular.browser, Felt(), patient=True).posts("/accounts", body, {})
        if reply.status != ACCEPTED:
            raise LabError(f"opening an account: {reply.status} {reply.code}")
        return regular

    def _activates(self, regular: Regular, newcomer: Newcomer) -> None:
        customer = regular.customer
        initial = self._postbox.wait(customer.email, initial_password)
        customer.pockets["password", ""] = Chosen(self._world.entropy, initial)
        trip = Trip(regular.browser, Felt(), patient=True)
        if not trip.goes(customer, ("password",), "activation"):
            raise LabError(f"{customer.account} could not be activated")
        self.judged += trip.judged
        for name in newcomer.kinds:
            pocket = self._pocket(name)
            if newcomer.password and name == "password":
                pocket = Chosen(self._world.entropy, newcomer.password)
            customer.binds(KINDS[name], pocket)
        customer.ends_activation()

    def _new(self) -> Regular:
        self._made += 1
        account, home = f"customer-{self._made}", self._address()
        wire = self._service.connect(home)
        browser = Browser(wire, self._service.clock)
        customer = Customer(
            account=account,
            email=f"{account}@mail.example",
            phone=f"+8869{self._made:08d}",
            browser=browser,
        )
        return Regular(customer, wire, home, browser)

    def _pocket(self, name: str) -> Pocket:
        makers: dict[str, Callable[[], Pocket]] = {
            "password": lambda: PasswordPocket(self._world.entropy),
            "pattern": lambda: PatternPocket(self._world.entropy),
            "hotp": HotpPocket,
            "totp": lambda: TotpPocket(self._service.clock, self._service.pass_time),
        }
        return makers[name]()
