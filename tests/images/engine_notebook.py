"""The notebook's image in Docker: whom it runs as, what works in it, and what it does not have."""

import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

IMAGE = os.environ.get("CASAHUB_TEST_IMAGE", "")
ROOT = Path(__file__).parents[2]
STRANGER = "12345:100"
PLOTS = """
from pathlib import Path
from casa_plots.casaplotms import plotms as theirs
from casa_plots.plotms import plotms as ours
theirs({"vis": "3c273.ms", "plotfile": "theirs.png", "showgui": False})
ours(vis="3c273.ms", plotfile="ours.png")
for name in ("theirs.png", "ours.png"):
    assert Path(name).read_bytes().startswith(b"\\x89PNG")
"""


def docker(*words: str | Path) -> str:
    """Run Docker's command and return what it prints; fail with all that it says."""
    answer = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
    return answer.stdout


def run(*words: str, options: tuple[str, ...] = ()) -> str:
    """Run a command in a new container without a network, and remove that."""
    return docker("run", "--rm", "--network=none", *options, IMAGE, *words)


def complaints(report: str) -> list[dict[str, str]]:
    """What the doctor does not like; that the tables of the Earth's rotation end is known."""
    checks: list[dict[str, str]] = json.loads(report)
    assert checks
    return [each for each in checks if each["verdict"] != "ok" and each["name"] != "tables"]


@pytest.fixture
def home(tmp_path: Path) -> tuple[str, ...]:
    """Options for a container that belongs to somebody whom the image does not know."""
    uid, gid = map(int, STRANGER.split(":"))
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    os.chown(place, uid, gid)
    there = "/home/vera"
    return (f"--user={STRANGER}", f"--volume={place}:{there}", f"--env=HOME={there}", f"-w{there}")


def test_nobody_is_root_in_it() -> None:
    assert run("id", "--user", "--name").strip() == "astronomer"
    assert docker("image", "inspect", "-f", "{{.Config.User}}", IMAGE).strip() == "1000:1000"
    assert run("sh", "-c", "command -v sudo; true") == ""


@pytest.mark.timeout(600)
def test_casa_is_well_in_it() -> None:
    assert complaints(run("casa-kernel", "doctor", "--json")) == []


@pytest.mark.timeout(600)
def test_casa_is_well_for_a_stranger_with_a_home(home: tuple[str, ...]) -> None:
    assert complaints(run("casa-kernel", "doctor", "--json", options=home)) == []


@pytest.mark.timeout(600)
def test_a_strangers_script_imports_casa_without_a_word(home: tuple[str, ...]) -> None:
    words = ("python", "-c", "import casatasks, casatools as t; print(t.ctsys.measurespath())")
    assert run(*words, options=home).strip().endswith("casadata/__data__")


@pytest.mark.timeout(600)
def test_a_stranger_plots_without_a_display(home: tuple[str, ...]) -> None:
    made = run("python", "-m", "casa_kernel.samples", "make", "3c273", ".", options=home)
    assert json.loads(made)["telescope"] == "VLA"
    # There are no namespaces to be had in a container, and no network here to be protected from.
    run("python", "-c", PLOTS, options=(*home, "--env=CASA_PLOTS_EXPOSED=1"))


def test_a_stranger_finds_the_hubs_server_and_the_kernel(home: tuple[str, ...]) -> None:
    assert run("jupyterhub-singleuser", "--version", options=home).strip()
    found = json.loads(run("jupyter", "kernelspec", "list", "--json", options=home))
    assert found["kernelspecs"]["casa"]["spec"]["argv"][0] == "/opt/casahub/bin/python"


def test_code_is_compiled_and_belongs_to_root() -> None:
    others = ("!", "-user", "root", "-o", "-perm", "/022", "!", "-type", "l")
    assert run("find", "/opt/casahub", *others, options=("--user=0",)) == ""
    words = ("python", "-v", "-c", "import casa_kernel.kernel")
    told = subprocess.run(
        ["docker", "run", "--rm", "--network=none", IMAGE, *words],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert "kernel.cpython" in told
    # Python's words when it compiles; of what was compiled it names the .pyc file.
    assert not re.search(r"code object from '/opt/casahub[^']*\.py'", told)


def test_no_layer_knows_the_package_index_or_whom_it_trusts() -> None:
    told = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", IMAGE)
    told += docker("image", "inspect", IMAGE)
    assert "/run/secrets/index" not in run("sh", "-c", "ls /run/secrets/* 2> /dev/null; true")
    told = told.replace("=/run/secrets/certificates", "")  # a place, not what is there
    for word in ("PIP_INDEX_URL=", "UV_DEFAULT_INDEX=", "SSL_CERT_FILE=", "PIP_CERT="):
        assert word not in told
    names = ("(", "-name", "pip.conf", "-o", "-name", "uv.toml", ")")
    assert run("find", "/", "-xdev", *names, options=("--user=0",)) == ""


def test_an_image_of_ones_own_is_a_few_lines(tmp_path: Path) -> None:
    page = (ROOT / "docs/admins/images.md").read_text()
    [lines] = re.findall(
        r"^```dockerfile\n(FROM casahub/notebook\n.*?)^```", page, re.MULTILINE | re.DOTALL
    )
    wheel = tmp_path / "astroquery-1.0-py3-none-any.whl"
    about = "astroquery-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as parts:
        parts.writestr("astroquery.py", "FOUND = True\n")
        parts.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: astroquery\nVersion: 1.0\n"
        )
        parts.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        parts.writestr(f"{about}/RECORD", "")
    # As it stands, but for where the packages are: there is no network here.
    offline = "COPY *.whl /wheels/\nRUN PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels pip install"
    (tmp_path / "Dockerfile").write_text(
        lines.replace("casahub/notebook", IMAGE).replace("RUN pip install", offline)
    )
    docker("build", "--quiet", "--tag", "casahub.local/derived", tmp_path)
    try:
        words = ("python", "-c", "import astroquery, casatasks, os; print(os.getuid())")
        said = docker("run", "--rm", "--network=none", "casahub.local/derived", *words)
        assert said.strip().endswith("1000")
    finally:
        docker("image", "rm", "casahub.local/derived")
