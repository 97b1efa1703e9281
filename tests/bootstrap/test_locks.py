import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests_bootstrap import COMPONENTS, LOCKS, ROOT


def entries(lock: str) -> list[str]:
    text = (ROOT / "locks" / f"{lock}.txt").read_text()
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [line.strip() for line in lines if not line.startswith("#")]


def pins(lock: str) -> dict[str, set[str]]:
    """Versions of each package; markers may choose among several."""
    found: dict[str, set[str]] = {}
    for entry in entries(lock):
        name, version = re.split("==|[ ;]", entry)[:2]
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hashes(lock: str) -> None:
    pattern = re.compile(r"[a-z0-9._-]+==[^ ;]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert entries(lock)
    assert [entry for entry in entries(lock) if not pattern.fullmatch(entry)] == []


@pytest.mark.parametrize("lock", [*(f"locks/{name}.txt" for name in LOCKS), "platform/proxy"])
def test_no_lock_names_where_packages_come_from(lock: str) -> None:
    path = ROOT / lock
    text = (path / "package-lock.json" if path.is_dir() else path).read_text()
    hosts = [
        line
        for line in text.splitlines()
        if re.search(r"--(extra-)?index|find-links|\"resolved\"", line)
        or ("://" in line and '"url"' not in line)  # npm's funding and homepage links may stay
    ]
    assert hosts == []


def test_every_package_of_the_proxy_is_pinned_with_its_hash() -> None:
    lock = json.loads((ROOT / "platform" / "proxy" / "package-lock.json").read_text())
    packages = {name: about for name, about in lock["packages"].items() if name}
    assert packages
    assert [name for name, about in packages.items() if "integrity" not in about] == []


@pytest.mark.parametrize("component", COMPONENTS)
def test_what_a_component_asks_for_is_in_the_lock(component: str) -> None:
    project = tomllib.loads((ROOT / component / "pyproject.toml").read_text())["project"]
    ours = {"casahub-spawner", "zfs-provisioner", "casahub", "casa-kernel"}
    locked = pins("run")
    for text in project["dependencies"]:
        wanted = Requirement(text)
        name = canonicalize_name(wanted.name)
        if name not in ours:
            versions = locked.get(name, set())
            assert any(wanted.specifier.contains(one) for one in versions), f"{text}: run make lock"


def test_tests_run_with_the_versions_that_the_site_runs_with() -> None:
    dev = pins("dev")
    assert {name: dev.get(name) for name in pins("run")} == pins("run")
