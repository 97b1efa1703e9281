"""`kernel/build-images`: how it asks an engine, and what it says where there is none."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "kernel" / "build-images"
INDEX = "https://vera:secret@packages.example/simple"


def build(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, PROGRAM, *words],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A program that writes down its arguments, and what is in the file of the secret `index`."""
    place = tmp_path / "engine"
    place.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/words\n'
        "for each; do case $each in id=index,src=*) file=${each#*src=};\n"
        f'stat -c %a "$file" > {tmp_path}/mode; cat "$file" > {tmp_path}/secret;; esac; done\n'
    )
    place.chmod(0o755)
    return place


def test_base_tag_and_network_are_the_askers(engine: Path) -> None:
    words = ("--base", "mirror/debian:12", "--tag", "ours/notebook:1", "--network", "host")
    assert build("--engine", str(engine), *words).returncode == 0
    told = (engine.parent / "words").read_text()
    for each in ("BASE=mirror/debian:12", "--tag\nours/notebook:1", "--network\nhost"):
        assert each in told
    assert told.endswith(f"{ROOT}\n")


def test_a_password_of_the_index_is_in_no_argument_and_in_no_file_that_stays(engine: Path) -> None:
    answer = build("--engine", str(engine), UV_DEFAULT_INDEX=INDEX)
    told = (engine.parent / "words").read_text()
    assert "secret" not in f"{told}{answer.stdout}{answer.stderr}".replace("--secret", "")
    assert f"PIP_INDEX_URL='{INDEX}'" in (engine.parent / "secret").read_text()
    assert int((engine.parent / "mode").read_text(), 8) == stat.S_IRUSR | stat.S_IWUSR
    [line] = [line for line in told.splitlines() if line.startswith("id=index")]
    assert not Path(line.split("src=")[1]).exists()


def test_a_machine_without_an_engine_is_told_what_to_install(tmp_path: Path) -> None:
    answer = build(PATH=str(tmp_path))
    assert answer.returncode == 1
    assert "install one of docker, podman and buildah" in answer.stderr


def test_a_build_that_fails_is_a_failure(tmp_path: Path) -> None:
    answer = build("--engine", "false")
    assert answer.returncode == 1
    assert "`false build …` failed" in answer.stderr


def test_a_sif_file_needs_apptainer(engine: Path, tmp_path: Path) -> None:
    answer = build("--engine", str(engine), "--sif", str(tmp_path / "a.sif"), PATH=str(tmp_path))
    assert answer.returncode == 1
    assert "Apptainer was not found" in answer.stderr
    assert not (tmp_path / "a.sif").exists()
