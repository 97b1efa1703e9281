"""``python -m casa_kernel doctor`` in environments that are really broken."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from casa_kernel.doctor.machine import available_memory, check_memory, check_threads
from casa_kernel.doctor.packages import check_numpy, check_pairing, check_six

SOURCE = Path(__file__).parents[2] / "kernel" / "src"
PACKAGES = Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages")
NAMES = [
    *("pairing", "numpy", "six", "system", "memory", "threads", "kernelspec"),
    *("applications", "configuration"),
    *("updates", "data", "import", "network", "tables", "log", "cache", "matplotlib"),
    *("disk",) * 3,
]


@dataclass(frozen=True, slots=True)
class Said:
    """What the doctor printed."""

    status: int
    verdicts: dict[str, str]
    sentences: dict[str, str]

    @property
    def bad(self) -> list[str]:
        return [name for name, verdict in self.verdicts.items() if verdict == "bad"]


def doctor(
    home: Path,
    *,
    python: str = sys.executable,
    before: Iterable[str] = (),
    patience: float = 60,
    environment: Mapping[str, str] | None = None,
) -> Said:
    """Ask it with a home directory and log directory of its own."""
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [*before, python, "-m", "casa_kernel", "doctor", "--json", "--patience", str(patience)],
        env={
            **os.environ,
            "HOME": str(home),
            "CASA_KERNEL_LOG": str(home / "logs"),
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    checks = json.loads(done.stdout)
    return Said(
        done.returncode,
        {check["name"]: check["verdict"] for check in checks},
        {check["name"]: check["sentence"] for check in checks},
    )


def python_without(place: Path, *missing: str) -> str:
    """Make a virtual environment that has this one's packages but for some."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    packages = place / PACKAGES.relative_to(sys.prefix)
    for entry in PACKAGES.iterdir():
        name = entry.name.split("-")[0].removesuffix(".py")
        if name not in missing:
            (packages / entry.name).symlink_to(entry)
    return str(place / "bin" / "python")


def stub(place: Path, name: str, source: str) -> dict[str, str]:
    """Have a module found before the installed one; return the environment that does it."""
    (place / f"{name}.py").write_text(source)
    return {"PYTHONPATH": str(place)}


def test_a_healthy_machine_is_told_where_everything_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "casa_kernel", "doctor"]
    environment = {"HOME": str(home), "CASA_KERNEL_LOG": str(home / "logs")}
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert [name for _, name, _ in lines] == NAMES
    assert [line for line in lines if line[0] == "bad"] == []
    assert done.returncode == 0
    assert f"The log is written to {home / 'logs'}; elsewhere: set CASA_KERNEL_LOG." in done.stdout
    assert "CASASITECONFIG first, then ~/.casa/config.py, which wins" in done.stdout
    assert "tasks in " in done.stdout
    assert "CASA listens to no other machine" in done.stdout


def test_a_python_without_anything_is_told_what_to_install(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = str(tmp_path / "bare" / "bin" / "python")
    said = doctor(tmp_path / "home", python=python, environment={"PYTHONPATH": str(SOURCE)})
    assert said.status == 1
    assert said.bad == ["pairing", "numpy", "six", "kernelspec", "import"]
    assert "casatools is not installed: `pip install casatools==" in said.sentences["pairing"]
    assert "pip install casa-kernel" in said.sentences["kernelspec"]


def test_missing_packages_are_named(tmp_path: Path) -> None:
    python = python_without(tmp_path / "env", "six", "casadata")
    said = doctor(tmp_path / "home", python=python)
    assert said.bad == ["six", "import"]
    assert "pip install six" in said.sentences["six"]
    assert "pip install casadata==" in said.sentences["import"]
    assert said.verdicts["log"] == "ok"


def test_a_crash_at_import_is_reported_as_one(tmp_path: Path) -> None:
    source = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
    said = doctor(tmp_path / "home", environment=stub(tmp_path, "casatools", source))
    assert (said.status, said.bad) == (1, ["import"])
    assert "import of CASA crashes: Segmentation fault (SIGSEGV)" in said.sentences["import"]
    assert said.verdicts["data"] == "ok"


def test_a_hang_at_import_is_reported_as_one(tmp_path: Path) -> None:
    source = "import threading\nthreading.Event().wait()\n"
    said = doctor(tmp_path / "home", patience=3, environment=stub(tmp_path, "casatools", source))
    assert (said.status, said.bad) == (1, ["import"])
    assert "import of CASA hangs: nothing came in 3 s" in said.sentences["import"]


def test_a_library_that_does_not_load_is_quoted(tmp_path: Path) -> None:
    source = "raise ImportError('libssl.so.3: OPENSSL_3.0.1')\n"
    said = doctor(tmp_path / "home", environment=stub(tmp_path, "casatools", source))
    assert said.bad == ["import"]
    assert "libssl.so.3: OPENSSL_3.0.1" in said.sentences["import"]


def test_unwritable_places_are_named_with_what_to_set(tmp_path: Path) -> None:
    said = doctor(
        tmp_path / "home",
        environment={"CASA_KERNEL_LOG": "/proc/casa", "MPLCONFIGDIR": "/proc/matplotlib"},
    )
    assert said.bad == ["log", "cache"]
    assert "set CASA_KERNEL_LOG to a directory of yours" in said.sentences["log"]
    assert said.verdicts["matplotlib"] == "note"
    assert "MPLCONFIGDIR=/proc/matplotlib" in said.sentences["matplotlib"]
    assert said.verdicts["import"] == "ok"


def configured(home: Path, source: str) -> Path:
    file = home / ".casa" / "config.py"
    file.parent.mkdir(parents=True)
    file.write_text(source)
    return file


def test_a_user_s_configuration_that_raises_is_quoted(tmp_path: Path) -> None:
    file = configured(tmp_path, "measurespath = '/data'\nlogfile = undefined\n")
    said = doctor(tmp_path)
    assert said.verdicts["configuration"] == "note"
    assert f"{file} is left out as a whole" in said.sentences["configuration"]
    assert "NameError: name 'undefined' is not defined" in said.sentences["configuration"]
    assert said.verdicts["import"] == "ok"


def test_the_site_s_configuration_and_a_user_s_are_both_named(tmp_path: Path) -> None:
    site = tmp_path / "casasiteconfig.py"
    site.write_text("cachedir = '/nowhere'\n")
    home = tmp_path / "home"
    user = configured(home, f"cachedir = '{home}/own'\nmeasurespath = '{home}/gone'\n")
    said = doctor(home, environment={"CASASITECONFIG": str(site), "CASA_KERNEL_LOG": ""})
    assert f"is read from {site}, {user} (" in said.sentences["configuration"]
    assert f"The cache is written to {home}/own" in said.sentences["cache"]
    assert f"No reference data are in {home}/gone (measurespath)" in said.sentences["data"]


def test_a_site_s_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = doctor(tmp_path, environment={"CASASITECONFIG": "/nowhere/casasiteconfig.py"})
    assert said.verdicts["configuration"] == "note"
    assert "/nowhere/casasiteconfig.py" in said.sentences["configuration"]


def test_a_configuration_that_ends_python_is_named(tmp_path: Path) -> None:
    configured(tmp_path, "import sys\nsys.exit()\n")
    said = doctor(tmp_path)
    assert said.bad == ["import"]
    assert "look for sys.exit() in ~/.casa/config.py" in said.sentences["import"]


@pytest.mark.parametrize(
    ("executable", "verdict", "sentence"),
    [
        ("/gone/bin/python", "bad", "starts /gone/bin/python, which is gone"),
        ("/bin/sh", "note", "starts /bin/sh, not this Python"),
    ],
)
def test_a_kernelspec_of_another_interpreter_is_named(
    tmp_path: Path, executable: str, verdict: str, sentence: str
) -> None:
    spec = tmp_path / "kernels" / "casa" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": [executable], "display_name": "CASA"}))
    paths = {"JUPYTER_PATH": str(tmp_path), "JUPYTER_PREFER_ENV_PATH": "0"}
    crash = stub(tmp_path, "casatools", "raise ImportError('quick')\n")
    said = doctor(tmp_path / "home", environment={**paths, **crash})
    assert said.verdicts["kernelspec"] == verdict
    assert sentence in said.sentences["kernelspec"]
    assert "python -m casa_kernel install --sys-prefix" in said.sentences["kernelspec"]


@pytest.mark.skipif(os.geteuid() != 0, reason="root mounts over /proc in a namespace")
def test_a_container_without_proc_is_told_to_mount_it(tmp_path: Path) -> None:
    script = 'mount -t tmpfs tmpfs /proc && exec "$@"'
    before = ["unshare", "--mount", "sh", "-c", script, "sh"]
    said = doctor(tmp_path / "home", before=before)
    assert {"system", "import"} <= set(said.bad)
    assert "/proc/self/fd" in said.sentences["system"]
    assert "mount /proc and /dev" in said.sentences["system"]


@pytest.mark.parametrize(
    ("python", "casatools", "casatasks", "said"),
    [
        ((3, 12), "6.7.0.31", "6.7.0.31", "casatools==6.7.5.18"),
        ((3, 11), "6.7.6.14", "6.7.6.14", "casatools==6.7.0.31"),
        ((3, 11), None, None, "casatools is not installed: `pip install casatools==6.7.0.31"),
        ((3, 11), "6.7.0.31", None, "casatasks is not installed"),
        ((3, 13), "6.7.6.14", "6.7.0.31", "differ"),
        ((3, 9), "6.7.0.31", "6.7.0.31", "use 3.11, 3.12, 3.13"),
    ],
)
def test_a_bad_pairing_names_a_good_one(
    python: tuple[int, int], casatools: str | None, casatasks: str | None, said: str
) -> None:
    check = check_pairing(python, casatools, casatasks)
    assert check.verdict != "ok"
    assert said in check.sentence


def test_the_other_checks_of_packages() -> None:
    assert check_pairing((3, 11), "6.7.0.31", "6.7.0.31").verdict == "ok"
    assert check_numpy("2.3.5").verdict == "ok"
    assert check_numpy("2.4.0").verdict == "bad"
    assert check_numpy(None).verdict == "bad"
    assert "pip install six" in check_six(found=False).sentence


@pytest.mark.parametrize(
    ("chosen", "verdict"), [(None, "ok"), ("1", "ok"), ("2", "ok"), ("3", "note"), ("all", "note")]
)
def test_more_threads_than_processors_are_advised_against(chosen: str, verdict: str) -> None:
    assert check_threads(chosen, 2).verdict == verdict


def test_a_container_s_limit_counts_as_memory() -> None:
    available = available_memory("MemTotal: 9 kB\nMemAvailable:   25165824 kB\n")
    assert available == 24 << 30
    assert "24.0 GiB" in check_memory(available, None).sentence
    assert check_memory(available, 1 << 30).verdict == "note"
