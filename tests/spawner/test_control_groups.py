"""Which files of which control groups limit a session, on machines of either version."""

from pathlib import Path

import pytest
from casahub_spawner.control_groups import (
    Hierarchy,
    Limits,
    NoLimitsError,
    hierarchies,
    out_of_memory,
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
    ("name", "text", "ended"),
    [
        ("memory.events", "low 0\nmax 12\noom 1\noom_kill 1\n", True),
        ("memory.events", "low 0\nmax 12\noom 0\noom_kill 0\n", False),
        ("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", True),
    ],
)
def test_who_was_out_of_memory(tmp_path: Path, name: str, text: str, ended: bool) -> None:
    (tmp_path / name).write_text(text)
    assert out_of_memory([tmp_path]) is ended
