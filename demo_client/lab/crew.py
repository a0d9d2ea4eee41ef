"""The customers of one service: made when they are needed, and relieved when they are used up.

One is in the middle of an activation that never ends, one is an operator, and the others do a
customer's work. Whoever has no recovery codes or no uses of the card left is relieved by somebody
new, whose factors were all bound in an activation too, so that nothing is ever fresh.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from demo_client.lab.customers import Customer
from demo_client.lab.errors import LabError
from demo_client.lab.facts import KINDS, Kind
from demo_client.lab.letters import Postbox
from demo_client.lab.pockets import (
    CardPocket,
    CodePocket,
    CodesPocket,
    DevicePocket,
    HotpPocket,
    KeyPocket,
    PasswordPocket,
    PatternPocket,
    Pocket,
    TotpPocket,
)
from demo_client.lab.serving import MODEL, Deployment
from demo_client.lab.wire import Browser
from demo_client.passwords import code_in, initial_password
from demo_client.soft_attestation import Attestation, none
from demo_client.soft_device import SoftDevice
from demo_client.soft_webauthn import SoftAuthenticator, Traits
from demo_client.world import World

DISPLAY_NAME = "Lab Customer"

RESERVE = 3
"""How many uses of what is used up a customer must still have to go on."""

Maker = Callable[[Kind, Customer], Pocket]


class Crew:
    """Makes customers of one deployment, each with a pocket for each of `kinds`."""

    def __init__(self, deployment: Deployment, kinds: Sequence[Kind], world: World) -> None:
        if deployment.inbox is None:
            raise LabError("no account can be activated without its letters: give --inbox")
        self.deployment = deployment
        self.kinds = tuple(kinds)
        self.postbox = Postbox(deployment.inbox, world.sleep)
        self._world = world
        self._made = 0
        self._working: dict[str, Customer] = {}
        self._wire = deployment.wire()

    def clock(self) -> float:
        """Return the service's time."""
        clock = self.deployment.clock
        return clock() if clock is not None else self._world.clock()

    def pass_time(self, seconds: float) -> None:
        """Let time pass at the service."""
        clock = self.deployment.clock
        if clock is None:
            raise LabError("time cannot be moved on without the service's clock: give --clock")
        clock.forward(seconds)

    def for_operation(self, operation: str) -> Customer:
        """Return who tries an operation."""
        return self.for_role(operation if operation in {"activation", "operator"} else "customer")

    def for_role(self, role: str) -> Customer:
        """Return who has a role, relieved where something is used up."""
        found = self._working.get(role)
        if found is None or _used_up(found):
            found = self._working[role] = self._of(role)
        return found

    def customer(self) -> Customer:
        """Make a customer who has everything, and an active account."""
        made = self.registered()
        made.ends_activation()
        return made

    def registered(self) -> Customer:
        """Make a customer who has everything, in an activation that is not over."""
        made = self._named("customer")
        body = {
            "account": made.account,
            "display_name": DISPLAY_NAME,
            "email": made.email,
            "phone": made.phone,
        }
        made.calls("POST", "/accounts", body, 202)
        made.activates(self.postbox.wait(made.email, initial_password), self.kinds, self.pocket)
        return made

    def operator(self) -> Customer:
        """Make an operator who has everything; only where the command line is ours."""
        if self.deployment.operator is None:
            raise LabError("operators are made by the service's own command line, on its machine")
        made = self._named("operator")
        initial = self.deployment.operator(made.account, made.email)
        made.activates(initial, self.kinds, self.pocket)
        made.ends_activation()
        return made

    def pocket(self, kind: Kind, customer: Customer) -> Pocket:
        """Make a factor of a kind, that is not bound yet."""
        return self._makers()[kind.id](kind, customer)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def _of(self, role: str) -> Customer:
        if role == "activation":
            return self.registered()
        return self.operator() if role == "operator" else self.customer()

    def _named(self, role: str) -> Customer:
        self._made += 1
        mark = self._world.entropy(4).hex()
        account = f"lab-{role}-{self._made}-{mark}"
        number = int(mark, 16) % 10**8
        return Customer(
            account=account,
            email=f"{account}@mail.example",
            phone=f"+8869{number:08d}",
            browser=Browser(self._wire, self.clock),
        )

    def _makers(self) -> dict[str, Maker]:
        return {
            "password": lambda _k, _c: PasswordPocket(self._world.entropy),
            "pattern": lambda _k, _c: PatternPocket(self._world.entropy),
            "totp": lambda _k, _c: TotpPocket(self.clock, self.pass_time),
            "hotp": lambda _k, _c: HotpPocket(),
            "sms_otp": lambda _k, who: self._codes_to(who.phone),
            "mail_otp": lambda _k, who: self._codes_to(who.email),
            "grid_card": lambda _k, _c: CardPocket(),
            "recovery_codes": lambda _k, _c: CodesPocket(),
            "device": self._device,
            "device_phone": self._device,
            "passkey": self._passkey,
            "passkey_synced": self._passkey,
            "passkey_attested": self._passkey,
        }

    def _code(self, address: str, digits: int) -> str:
        return self.postbox.wait(address, lambda body: code_in(body, digits))

    def _codes_to(self, address: str) -> Pocket:
        return CodePocket(partial(self._code, address), partial(self.postbox.empty, address))

    def _device(self, kind: Kind, _customer: Customer) -> Pocket:
        phone = kind.carrier == KINDS["device_phone"].carrier
        made = SoftDevice.made(self._world.entropy, phone=phone)
        return DevicePocket(self.deployment.origin, made)

    def _passkey(self, kind: Kind, _customer: Customer) -> Pocket:
        traits = Traits(
            aaguid=MODEL if kind.device_bound else bytes(16),
            backup_eligible=kind.synced,
            backed_up=kind.synced,
            counts=not kind.synced,
        )
        attestation = self._attestation() if kind.device_bound else none
        held = SoftAuthenticator([], self._world.entropy, traits, attestation)
        return KeyPocket(self.deployment.origin, held)

    def _attestation(self) -> Attestation:
        maker = self.deployment.maker
        if maker is None:
            raise LabError("no maker of authenticators that this service trusts: give --authority")
        return maker.model(MODEL, self._world.entropy, self._world.clock())


def _used_up(customer: Customer) -> bool:
    return any(pocket.left() < RESERVE for pocket in customer.pockets.values())
