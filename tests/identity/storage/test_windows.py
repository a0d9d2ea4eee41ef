"""What SQL alone does with windows: empty ones are rows, until somebody prunes them."""

from tests.identity.storage.counting import NOW, spend


def test_pruning_forgets_what_is_empty_and_nothing_else(store):
    with store.write() as work:
        work.windows.reserve([spend("short", interval=1.0), spend("long", many=1)], NOW)
        assert work.windows.prune(NOW + 0.5) == 0
        assert work.windows.prune(NOW + 1.0) == 1
        assert work.windows.reserve([spend("long", many=1)], NOW + 1.0) is not None


def test_windows_are_pruned_a_few_at_a_time(store):
    with store.write() as work:
        work.windows.reserve([spend(f"k{number}", interval=1.0) for number in range(5)], NOW)
        assert [work.windows.prune(NOW + 1.0, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_marks_and_secrets_that_are_over_are_pruned_and_no_others(store):
    with store.write() as work:
        work.marks.add("set", b"short", 9, NOW + 1, NOW)
        work.marks.add("set", b"long", 9, NOW + 9, NOW)
        work.marks.secret("short", b"1", NOW + 1, NOW)
        work.marks.secret("long", b"2", NOW + 9, NOW)
        assert [work.marks.prune(NOW), work.marks.prune(NOW + 1)] == [0, 2]
        assert work.marks.add("set", b"long", 9, NOW + 9, NOW + 1) == (1, False)
        assert work.marks.secret("long", b"new", NOW + 9, NOW + 1) == b"2"


def test_a_reservation_costs_two_statements_at_most_beyond_what_it_gives_back(store, monkeypatch):
    """One takes, however many windows there are; one more asks why it was refused."""
    spends = [spend(f"k{number}") for number in range(5)]
    with store.write() as work:
        told, execute = [], type(work.windows._connection).execute
        monkeypatch.setattr(
            type(work.windows._connection),
            "execute",
            lambda self, *given: told.append(given) or execute(self, *given),
        )
        work.windows.reserve(spends, NOW)
        assert len(told) == 1
        work.windows.reserve([spend("none", many=0)], NOW)
        assert len(told) == 2
        work.windows.look(spends, NOW)
        assert len(told) == 3
