"""Calls with a deadline: what they raise arrives, and one that hangs holds up nobody."""

import os
import threading
from functools import partial

import pytest
from zfs_provisioner.storage.deadlines import Deadlines

LONG = 30.0  # seconds; nothing here comes near it unless it hangs


def test_a_call_is_done_when_it_returns() -> None:
    done: list[int] = []
    deadlines = Deadlines()
    for number in range(2):
        deadlines.within(LONG, partial(done.append, number))
        assert done[-1] == number


def test_what_a_call_raises_arrives() -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device")

    deadlines = Deadlines()
    with pytest.raises(OSError, match="No space"):
        deadlines.within(LONG, fail)
    deadlines.within(LONG, lambda: None)


def test_a_call_that_hangs_is_left_behind() -> None:
    release, ended = threading.Event(), threading.Event()

    def hang() -> None:
        release.wait(LONG)
        ended.set()

    deadlines = Deadlines()
    with pytest.raises(TimeoutError, match=r"no answer in 0\.01 s"):
        deadlines.within(0.01, hang)
    deadlines.within(LONG, lambda: None)
    release.set()
    assert ended.wait(LONG)


def test_calls_one_after_the_other_are_made_by_one_thread() -> None:
    makers: list[threading.Thread] = []
    deadlines = Deadlines()
    for _ in range(3):
        deadlines.within(LONG, lambda: makers.append(threading.current_thread()))
    assert len(set(makers)) == 1


def test_calls_at_once_do_not_wait_for_each_other() -> None:
    together = threading.Barrier(4, timeout=LONG)
    deadlines = Deadlines()
    callers = [
        threading.Thread(target=deadlines.within, args=(LONG, together.wait)) for _ in range(4)
    ]
    for each in callers:
        each.start()
    for each in callers:
        each.join(LONG)
    assert not together.broken
    assert together.n_waiting == 0


def test_a_child_process_does_not_wait_for_its_parents_threads() -> None:
    deadlines = Deadlines()
    deadlines.within(5, lambda: None)
    child = os.fork()
    if child == 0:
        try:
            deadlines.within(5, lambda: None)
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0) == (child, 0)
