"""The port `Counters` on Redis: one script a window or mark, all of a reservation's at once.

Windows are taken in order of key, in one round trip; where one is full, what was taken of the
others is given back in a second. In between another caller may find them fuller than they are: it
is refused too early, never too late. Where the server goes away in the middle, what was taken
stays taken.
"""

from __future__ import annotations

from collections.abc import Sequence

from identity.model import Exceeded, Spend
from identity.storage.counters import Marked, News, Taken
from identity.storage.ports import Work
from identity.storage.redis import scripts
from identity.storage.redis.server import Call, Server, since
from identity.storage.windows import Ask, Window, asks, first, judged


class RedisCounters:
    """Counts where all nodes do. `remembers` is how many seconds the longest window lasts.

    For as long after the server was found emptied it is not sure of what it says.
    """

    def __init__(self, server: Server, *, remembers: float) -> None:
        self._server = server
        self._remembers = remembers
        self._told = ""

    def reserve(self, _work: Work, spends: Sequence[Spend], now: float) -> Taken | Exceeded:
        """Take one request from every window, or from none."""
        wanted = asks(spends)
        if not wanted:
            return Taken(())
        where, answers = self._server.run([_reserving(ask, now) for ask in wanted], now)
        over = {
            ask.window: float(answer[0])
            for ask, answer in zip(wanted, answers, strict=True)
            if answer
        }
        full = first(spends, over)
        if full is None:
            return Taken(tuple(spends), where)
        self._give_back([ask for ask in wanted if ask.window not in over], where)
        return Exceeded(limit=full[1], retry_after=over[full])

    def refund(self, _work: Work, taken: Taken) -> None:
        """Give back what `reserve` took, unless the server has lost it since."""
        self._give_back(asks(taken.spends), taken.where)

    def look(self, _work: Work, spends: Sequence[Spend], now: float) -> Exceeded | None:
        """Return how `reserve` would refuse, and take nothing."""
        windows = [ask.window for ask in asks(spends)]
        if not windows:
            return None
        held = zip(windows, self._server.read([_window(at) for at in windows]), strict=True)
        return judged(spends, {at: float(tat) for at, tat in held if tat is not None}, now)

    def mark(  # the port's
        self, _work: Work, key: str, item: bytes, cap: int, until: float, now: float
    ) -> Marked:
        """Add `item` to the set named `key`."""
        values = (repr(float(now)), item, cap, repr(float(until)))
        _, ((size, new),) = self._server.run([Call(scripts.MARK, f"m:{key}", values)], now)
        return Marked(int(size), bool(new))

    def forget(self, _work: Work, key: str) -> None:
        """Drop the set named `key`."""
        self._server.drop(f"m:{key}")

    def secret(  # the port's
        self, _work: Work, name: str, made: bytes, until: float, now: float
    ) -> bytes:
        """Return the secret of that name."""
        values = (repr(float(now)), made.hex(), repr(float(until)))
        _, ((held,),) = self._server.run([Call(scripts.SECRET, f"s:{name}", values)], now)
        return bytes.fromhex(held.decode())

    def sure(self, now: float) -> bool:
        """Whether the server has remembered for as long as the longest window lasts."""
        return now - since(self._server.marker) >= self._remembers

    def tend(self, now: float) -> Sequence[News]:
        """Look at the server's life; tell where it was emptied, and until when that matters."""
        marker = self._server.tend(now)
        if marker == self._told:
            return ()
        self._told = marker
        until = since(marker) + self._remembers
        return () if self.sure(now) else (News("emptied", until=until),)

    def close(self) -> None:
        """Hang up."""
        self._server.close()

    def _give_back(self, wanted: Sequence[Ask], where: str) -> None:
        if wanted:
            self._server.refund(
                [
                    Call(scripts.REFUND, _window(ask.window), (where, repr(ask.interval)))
                    for ask in wanted
                ]
            )


def _reserving(ask: Ask, now: float) -> Call:
    values = (repr(float(now)), repr(ask.interval), repr(ask.burst), repr(ask.cap))
    return Call(scripts.RESERVE, _window(ask.window), values)


def _window(window: Window) -> str:
    """Return a window's key. A limit's name has no slash, so that no two have the same."""
    key, limit = window
    return f"w:{limit}/{key}"
