"""The queue before a pool's threads, driven by hand: `run_next` is what a thread would do."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.web.lanes import OURS, Lane, Ticket
from identity.web.queues import PATIENCE, Lanes

LENGTH = 32
ROOMS = {Lane.KNOWN: 16, Lane.PAID: 8, Lane.STRANGER: 8}

STRANGER = Ticket(Lane.STRANGER)


def made(threads=1, length=LENGTH):
    return Lanes(threads, length)


def while_busy(lanes, act):
    """Call `act` while every thread of the pool is at work; return what it returns."""
    deepest = [act]
    for _ in range(lanes.threads):
        inner = deepest[-1]
        deepest.append(lambda inner=inner: run_inside(lanes, inner))
    return deepest[-1]()


def run_inside(lanes, inner):
    """Run `inner` as a call of the service's own, which a thread has begun and not ended."""
    job = lanes.admit(OURS, inner)
    lanes.run_next()
    return job.future.result(timeout=0)


def admitted(lanes, ticket, count):
    """Return how many of `count` calls found room."""
    return sum(lanes.admit(ticket, lambda: None) is not None for _ in range(count))


def order(lanes, *tickets):
    """Queue a call for each ticket while every thread works; return the order they are run in."""
    ran = []
    while_busy(
        lanes, lambda: [lanes.admit(t, lambda n=n: ran.append(n)) for n, t in enumerate(tickets)]
    )
    for _ in tickets:
        lanes.run_next()
    return [tickets[number].lane for number in ran]


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("threads", [1, 3])
def test_a_lane_holds_as_many_as_it_has_room_for_and_not_one_more(lane, threads):
    lanes = made(threads)
    found = while_busy(lanes, lambda: admitted(lanes, Ticket(lane), LENGTH))
    spilt = 0 if lane is Lane.STRANGER else ROOMS[Lane.STRANGER]
    assert found == ROOMS[lane] + spilt
    assert lanes.waiting(lane) == ROOMS[lane]
    assert lanes.length() == found


def test_free_threads_are_room_too():
    assert admitted(made(threads=3), STRANGER, LENGTH) == ROOMS[Lane.STRANGER] + 3


def test_however_many_strangers_come_known_devices_find_their_room():
    lanes = made()

    def flooded():
        admitted(lanes, STRANGER, 1000)
        return admitted(lanes, OURS, ROOMS[Lane.KNOWN])

    assert while_busy(lanes, flooded) == ROOMS[Lane.KNOWN]


@pytest.mark.clause("CC-17010.j.g")
def test_known_go_first_then_whoever_brings_work_then_strangers():
    come = [STRANGER, Ticket(Lane.PAID), OURS, STRANGER, Ticket(Lane.PAID), OURS]
    assert order(made(), *come) == sorted((t.lane for t in come), key=list(Lane).index)


def test_strangers_wait_and_do_not_starve():
    found = order(made(length=128), STRANGER, STRANGER, *[OURS] * (2 * PATIENCE + 2))
    assert found == [
        *[Lane.KNOWN] * PATIENCE,
        Lane.STRANGER,
        *[Lane.KNOWN] * PATIENCE,
        Lane.STRANGER,
        *[Lane.KNOWN] * 2,
    ]


def test_a_known_call_that_comes_now_and_then_never_waits_for_a_stranger_in_the_queue():
    lanes, ran = made(length=1024), []
    for _ in range(10 * PATIENCE):
        lanes.admit(STRANGER, lambda: ran.append(Lane.STRANGER))
    for _ in range(3 * PATIENCE):
        lanes.run_next()
        lanes.admit(OURS, lambda: ran.append(Lane.KNOWN))
        lanes.run_next()
    assert ran == [Lane.STRANGER, Lane.KNOWN] * (3 * PATIENCE)


def test_one_network_takes_half_of_the_strangers_room_and_others_find_the_rest():
    lanes = made()
    loud, quiet = (Ticket(Lane.STRANGER, name, name) for name in ("loud", "quiet"))
    found = while_busy(lanes, lambda: [admitted(lanes, each, LENGTH) for each in (loud, quiet)])
    assert found == [4, 4]


def test_a_device_that_used_its_share_waits_among_the_strangers_of_its_network():
    lanes = made()
    device = Ticket(Lane.KNOWN, "device", "network")
    assert while_busy(lanes, lambda: admitted(lanes, device, LENGTH)) == 2 + 4
    assert lanes.waiting(Lane.KNOWN) == 2
    assert lanes.waiting(Lane.STRANGER) == 4


def test_a_share_is_free_again_when_its_calls_have_run():
    lanes = made()
    device = Ticket(Lane.KNOWN, "device", "network")
    for _ in range(3):
        while_busy(lanes, lambda: admitted(lanes, device, LENGTH))
        while lanes.length():
            lanes.run_next()
    assert while_busy(lanes, lambda: admitted(lanes, device, 2)) == 2
    assert lanes.waiting(Lane.KNOWN) == 2


@pytest.mark.clause("CC-17010.j.g")
def test_a_thread_is_kept_for_known_devices_whoever_else_waits():
    lanes, ran = Lanes(2, LENGTH, open_to_all=1), []

    def meanwhile():
        """A stranger's call is at work, and this is the other thread."""
        lanes.admit(STRANGER, lambda: ran.append("stranger"))
        assert not lanes.run_next(), "it is no stranger's turn"
        lanes.admit(OURS, lambda: ran.append("known"))
        assert lanes.run_next()

    lanes.admit(STRANGER, meanwhile)
    lanes.run()
    assert ran == ["known", "stranger"], "whose thread goes on with the next"


def test_what_is_withdrawn_is_not_run_and_leaves_its_room():
    lanes, ran = made(), []

    def scene():
        jobs = [lanes.admit(STRANGER, lambda: ran.append("ran")) for _ in range(8)]
        assert [lanes.withdraw(job) for job in jobs] == [True] * 8
        assert [lanes.withdraw(job) for job in jobs] == [False] * 8
        return admitted(lanes, STRANGER, LENGTH)

    assert while_busy(lanes, scene) == 8
    for _ in range(16):
        lanes.run_next()
    assert ran == []
    assert lanes.length() == 0


def test_what_has_begun_cannot_be_withdrawn():
    lanes, told = made(), []
    job = lanes.admit(STRANGER, lambda: told.append(lanes.withdraw(job)))
    lanes.run_next()
    assert told == [False]
    assert job.future.done()


def test_what_a_call_raises_reaches_whoever_waits_for_it():
    lanes = made()
    job = lanes.admit(OURS, lambda: 1 // 0)
    lanes.run_next()
    with pytest.raises(ZeroDivisionError):
        job.future.result(timeout=0)
    assert admitted(lanes, STRANGER, LENGTH) == 9, "its thread is free again"


def test_the_wait_that_is_told_grows_with_the_queue():
    lanes = made()
    lanes.admit(OURS, lambda: None)
    lanes.run_next()
    told = []

    def scene():
        told.append(lanes.wait(Lane.STRANGER))
        admitted(lanes, STRANGER, 8)
        told.append(lanes.wait(Lane.STRANGER))
        told.append(lanes.wait(Lane.KNOWN))

    while_busy(lanes, scene)
    assert 0 < told[0] < told[1]
    assert told[2] == told[0], "strangers are not before a known device"


def test_each_wait_is_told_by_its_lane():
    told = []
    lanes = Lanes(1, LENGTH, lambda lane, seconds: told.append((lane, seconds >= 0)))
    for ticket in (STRANGER, OURS):
        lanes.admit(ticket, lambda: None)
        lanes.run_next()
    assert told == [(Lane.STRANGER, True), (Lane.KNOWN, True)]


class Model:
    """Admits, takes and withdraws as told, and checks what must hold after each."""

    def __init__(self, threads):
        self.lanes = made(threads, 16)
        self.waiting = []
        self.ran = []

    def come(self, lane, name):
        job = self.lanes.admit(Ticket(lane, name, name), lambda: None)
        self.waiting += [job] if job else []

    def take(self, _lane, _name):
        self.lanes.run_next()

    def leave(self, _lane, _name):
        if self.waiting:
            self.lanes.withdraw(self.waiting.pop(0))

    def check(self):
        rooms = self.lanes.rooms
        for lane in Lane:
            assert self.lanes.waiting(lane) <= rooms[lane] + self.lanes.threads
        assert sum(self.lanes._names.values()) <= self.lanes.length()
        assert all(count > 0 for count in self.lanes._names.values()), "names are forgotten"


@given(
    st.integers(1, 3),
    st.lists(
        st.tuples(
            st.sampled_from(["come", "come", "take", "leave"]),
            st.sampled_from(list(Lane)),
            st.sampled_from(["", "a", "b"]),
        ),
        max_size=80,
    ),
)
def test_whatever_comes_and_goes_the_bounds_hold_and_nothing_is_left_behind(threads, steps):
    model = Model(threads)
    for verb, lane, name in steps:
        getattr(model, verb)(lane, name)
        model.check()
    while model.lanes.length():
        model.lanes.run_next()
    assert not model.lanes._names


def test_threads_that_take_at_once_run_each_call_once():
    lanes, ran, together = made(4, 4096), [], threading.Barrier(4)
    for number in range(1000):
        lanes.admit(OURS, lambda number=number: ran.append(number))

    def thread():
        together.wait(30)
        for _ in range(250):
            lanes.run_next()

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(thread) for _ in range(4)]:
            each.result(60)
    assert sorted(ran) == list(range(1000))
