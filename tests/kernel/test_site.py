import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from casa_kernel import listener, site
from casa_kernel.errors import DataNotFoundError, NotWritableError


def test_importing_the_package_does_not_import_casa() -> None:
    code = "import casa_kernel, sys; print([m for m in sys.modules if m.startswith('casat')])"
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, text=True) == "[]\n"


def test_threads_are_one_unless_the_user_chose() -> None:
    unset: dict[str, str] = {}
    chosen = {"OMP_NUM_THREADS": "4"}
    site.defaults(unset)
    site.defaults(chosen)
    assert unset == {"OMP_NUM_THREADS": "1"}
    assert chosen == {"OMP_NUM_THREADS": "4"}


def test_the_user_s_own_data_come_first(tmp_path: Path) -> None:
    (tmp_path / "geodetic" / "IERSeop2000").mkdir(parents=True)
    assert site.find_data([tmp_path / "elsewhere", tmp_path]) == tmp_path


def test_data_of_the_package_are_found() -> None:
    assert (site.find_data([]) / "geodetic" / "IERSeop2000").is_dir()


def test_missing_data_name_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataNotFoundError, match=rf"{tmp_path}.*pip install casadata=="):
        site.find_data([tmp_path])


def test_logs_go_home_unless_the_variable_says_otherwise() -> None:
    assert site.log_directory({}, Path("/home/ada")) == Path("/home/ada/.casa/logs")
    chosen = {"CASA_KERNEL_LOG": "/scratch/logs"}
    assert site.log_directory(chosen, Path("/home/ada")) == Path("/scratch/logs")


def test_a_log_file_is_named_by_start_and_process() -> None:
    now = datetime(2026, 11, 22, 10, 36, 29, tzinfo=UTC)
    assert site.log_file(Path("/l"), now, 7) == Path("/l/casa-20261122-103629-7.log")


def test_an_unwritable_directory_names_the_remedy() -> None:
    with pytest.raises(NotWritableError, match=r"cannot write in /proc/casa.*CASA_KERNEL_LOG"):
        site.ensure_writable(Path("/proc/casa"))


def test_the_settings_ask_for_no_network_and_no_display() -> None:
    place = site.Site(data=Path("/d"), log_file=Path("/l"), cache=Path("/c"))
    settings = site.settings(place, "/dev/fd/9")
    assert settings["logfile"] == "/dev/fd/9"
    assert settings["datapath"] == ["/d"]
    assert settings["measurespath"] == "/d"
    assert settings["measures_auto_update"] is False
    assert settings["data_auto_update"] is False
    assert settings["nogui"] is True


@pytest.mark.parametrize(
    ("address", "public"),
    [("127.0.0.1", False), ("::1", False), ("0.0.0.0", True), ("::", True), ("10.1.2.3", True)],
)
def test_only_loopback_is_private(address: str, public: bool) -> None:
    assert listener.is_public(address) is public


def test_only_new_public_listeners_are_closed() -> None:
    with (
        socket.create_server(("0.0.0.0", 0)) as older,
        socket.create_server(("127.0.0.1", 0)) as private,
    ):
        before = listener.public_listeners()
        with socket.create_server(("0.0.0.0", 0)) as newer:
            assert listener.close_listeners(before) == [newer.getsockname()]
            assert listener.close_listeners(before) == []
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", newer.getsockname()[1]), timeout=5)
        for kept in (older, private):
            socket.create_connection(("127.0.0.1", kept.getsockname()[1]), timeout=5).close()
