"""Which files of which control groups limit a session, on machines of either version."""

from pathlib import Path

import pytest
from casahub_spawner.control_groups import (
    Hierarchy,
    Limits,
    NoLimitsError,
    hierarchies,
    memory_trouble,
)

LIMITS = Limits(cpus=1.5, memory=2**30)


def test_version_one_has_a_hierarchy_for_each() -> None:
    mounts = [
        ("cgroup", Path("/cgroup/cpu,cpuacct"), "rw,cpu,cpuacct"),
        ("cgroup", Path("/cgroup/memory"), "rw,memory"),
        ("cgroup", Path("/cgroup/pids"), "rw,pids"),
    ]
    memory = {"memory.limit_in_bytes": str(2**30), "memory.memsw.limit_in_bytes": str(2**30)}
    cpu = {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "150000"}
    assert hierarchies(LIMITS, mounts) == [
        Hierarchy(Path("/cgroup/cpu,cpuacct"), cpu, unified=False),
        Hierarchy(Path("/cgroup/memory"), memory, unified=False),
    ]


def test_version_two_has_one_for_all(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    files = {"memory.max": str(2**30), "memory.swap.max": "0", "cpu.max": "150000 100000"}
    found = hierarchies(LIMITS, [("cgroup2", tmp_path, "rw")])
    assert found == [Hierarchy(tmp_path, files, unified=True)]


@pytest.mark.parametrize("mounts", [[], [("cgroup", Path("/cgroup/memory"), "rw,memory")]])
def test_a_machine_that_lacks_one_limits_nothing(mounts: list[tuple[str, Path, str]]) -> None:
    with pytest.raises(NoLimitsError, match="the kernel has no control group of cpu"):
        hierarchies(LIMITS, mounts)


def test_no_limits_need_nothing() -> None:
    assert not Limits()
    assert hierarchies(Limits(), []) == []


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"memory.events": "low 0\nmax 12\noom 1\noom_kill 1\n"}, "out of memory"),
        ({"memory.events": "low 0\nmax 12\noom 0\noom_kill 0\n"}, "it used all"),
        ({"memory.events": "low 0\nmax 0\noom 0\noom_kill 0\n"}, ""),
        ({"memory.oom_control": "oom_kill_disable 0\noom_kill 2\n"}, "out of memory"),
        ({"memory.oom_control": "oom_kill 0\n", "memory.failcnt": "7\n"}, "it used all"),
        ({"memory.oom_control": "oom_kill 0\n", "memory.failcnt": "0\n"}, ""),
    ],
)
def test_what_was_wrong_with_memory(tmp_path: Path, files: dict[str, str], words: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    said = memory_trouble([tmp_path])
    assert said.startswith(words)
    assert bool(said) is bool(words)
