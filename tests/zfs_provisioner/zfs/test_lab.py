"""The lab: what goes into the guest, what comes out, and what is said where it cannot be built."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tests_lab import LAB, Lab, Recipe, builds


def stub(directory: Path, name: str, script: str) -> None:
    place = directory / name
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


def test_a_machine_that_lacks_packages_is_told_which(tmp_path: Path) -> None:
    stub(tmp_path, "dpkg-query", 'case "$*" in *flex|*bison) ;; *) echo installed ;; esac')
    stub(tmp_path, "id", "echo 1000")
    answer = subprocess.run(
        [LAB, "build"],
        env={
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "CASAHUB_CACHE": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 77
    assert answer.stderr == "openzfs: install what builds it: sudo apt-get install flex bison\n"


def test_another_machine_is_told_why_not(tmp_path: Path) -> None:
    stub(tmp_path, "uname", "echo Darwin arm64")
    answer = subprocess.run(
        [LAB, "build"],
        env={
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "CASAHUB_CACHE": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 77
    assert answer.stderr == "openzfs: user-mode Linux needs Linux on x86_64.\n"


def test_a_version_that_it_has_not_is_refused() -> None:
    answer = subprocess.run(
        [LAB, "build"],
        env={**os.environ, "OPENZFS": "2.2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert answer.stderr == "openzfs: OPENZFS is 2.3 or 2.4, not 2.2.\n"


def test_a_build_that_fails_fails_tests_with_its_last_lines(tmp_path: Path) -> None:
    stub(tmp_path, "lab", 'echo "building $OPENZFS"; echo "out of luck" >&2; exit 1')
    with (
        builds({"2.4": Recipe(tmp_path / "lab", (("OPENZFS", "2.4"),))}) as begun,
        pytest.raises(pytest.fail.Exception, match=r"building 2\.4\nout of luck$"),
    ):
        begun["2.4"].require()


def test_where_a_build_is_impossible_tests_are_skipped_with_the_reason(tmp_path: Path) -> None:
    stub(tmp_path, "lab", 'echo "no apt-get here" >&2; exit 77')
    with (
        builds({"2.4": Recipe(tmp_path / "lab", (("OPENZFS", "2.4"),))}) as begun,
        pytest.raises(pytest.skip.Exception, match="no apt-get here"),
    ):
        begun["2.4"].require()


def test_a_build_ends_with_the_tests_even_when_they_are_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pid")
    os.mkfifo(tmp_path / "never")
    stub(tmp_path, "lab", f"cd {tmp_path}; sh -c 'echo $$ > pid; read line < never'; true")
    program = (
        "import sys; from pathlib import Path; from tests_lab import Recipe, builds\n"
        "with builds({'it': Recipe(Path(sys.argv[1]))}) as begun:\n"
        "    begun['it'].require()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "lab"],
        cwd=LAB.parents[1],
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as run:
        compiler = psutil.Process(int((tmp_path / "pid").read_text()))
        script = compiler.parent()
        assert script
        run.send_signal(signal.SIGKILL)
    _gone, left = psutil.wait_procs([compiler, script], timeout=30)
    assert left == []


@pytest.mark.timeout(3600)  # the first run builds two kernels, when nothing else runs
def test_words_environment_output_and_status_pass_through(lab: Lab, tmp_path: Path) -> None:
    words = ["two words", "$HOME", "'\"\\", "tab\there", "line\nbreak", "ü", ""]
    program = (
        "import json, os, sys; from pathlib import Path; "
        "Path(sys.argv[1], 'kept').write_text(json.dumps(sys.argv[2:])); "
        "Path(os.environ['ELSEWHERE'], 'lost').write_text('x'); "
        "print(os.environ['WORD'], Path.cwd(), os.getuid()); sys.exit(3)"
    )
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    answer = lab.run(
        sys.executable,
        "-c",
        program,
        out,
        *words,
        cwd=tmp_path,
        OUT=str(out),
        ELSEWHERE=str(elsewhere),
        WORD='a "b" $c\td',
    )
    assert (answer.stdout, answer.returncode) == (f'a "b" $c\td {tmp_path} 0\n', 3), answer.stderr
    assert (out / "kept").read_text(encoding="utf-8") == json.dumps(words)
    assert list(elsewhere.iterdir()) == []
