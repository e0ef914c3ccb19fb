"""Threads and processes write to one store at once; nothing is lost and nobody is refused."""

from concurrent.futures import ThreadPoolExecutor

from tests.store.samples import begin, step
from tests.store.test_crash import write
from tradelatch.store.rows import Lease
from tradelatch.store.store import Store

_STEPS = 25


def test_threads_and_processes_write_at_once(url: str, store: Store) -> None:
    names = ["a", "b", "c"]
    for name in ["first", *names]:
        begin(store, name)

    def save_all(name: str) -> int:
        for number in range(_STEPS):
            store.ask(name, "stop", number)  # reads before it writes
        return sum(len(store.save(step(number, name))) for number in range(_STEPS))

    with write(url, 0) as process, ThreadPoolExecutor() as pool:
        assert process.stdout is not None
        process.stdout.readline()
        assert list(pool.map(save_all, names)) == [_STEPS] * len(names)
        assert process.poll() is None
        process.kill()
        written = int([*process.stdout][-1])
    for name in names:
        assert [one.says for one in store.notes(name)] == [str(n) for n in range(_STEPS)]
        assert sum(1 for _ in store.fills(bot=name)) == _STEPS
    assert sum(1 for _ in store.notes("first")) >= written


def test_one_of_many_takes_an_account(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        leases = [Lease("main", f"runner-{number}", 100) for number in range(8)]
        taken = list(pool.map(lambda lease: store.take(lease, 0), leases))
    assert taken.count(True) == 1
    assert store.lease("main") == leases[taken.index(True)]
