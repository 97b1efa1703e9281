"""`bootstrap.py` as a module, of this checkout or of a copy that a test may change."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[1]
COMPONENTS: Final = ("kernel", "platform", "spawner", "zfs_provisioner")
LOCKS: Final = ("applications", "dev", "installer", "node", "run")
_INPUTS: Final = (
    "Makefile",
    "bootstrap.py",
    *(f"locks/{name}.txt" for name in LOCKS),
    *(f"{name}/pyproject.toml" for name in COMPONENTS),
    "platform/proxy/package.json",
    "platform/proxy/package-lock.json",
)


def bootstrap_of(checkout: Path) -> ModuleType:
    """Return the checkout's `bootstrap.py`, imported but not run."""
    spec = importlib.util.spec_from_file_location("bootstrap", checkout / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def copy_of_checkout(target: Path) -> Path:
    """Copy what `bootstrap.py` looks at; nothing is installed in the copy."""
    for name in _INPUTS:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    return target


def pretend_installed(checkout: Path, group: str) -> None:
    """Leave the traces of an installation in a copy, without a single package."""
    bootstrap = bootstrap_of(checkout)
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (checkout / ".venv" / "lib" / "python3" / "site-packages").mkdir(parents=True)
    for name in ("python", "node", "configurable-http-proxy", "casahub"):
        (programs / name).touch()
    bootstrap.WHOLE.write_text(bootstrap.place())
    bootstrap.stamp(group).write_text(bootstrap.fingerprint(group))


def interpreters(minor: int) -> list[Path]:
    """Return the machine's working Pythons of version 3.`minor`: on PATH, or kept by pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    on_path = shutil.which(f"python3.{minor}")
    candidates = [
        *([Path(on_path)] if on_path else []),
        *pyenv.glob(f"versions/3.{minor}.*/bin/python"),
    ]
    return [path for path in candidates if _is_python(path, minor)]


def _is_python(path: Path, minor: int) -> bool:
    # A version manager's shim is on PATH for versions that it then refuses to run.
    asked = [str(path), "-c", "import sys; print(sys.version_info[1])"]
    answer = subprocess.run(asked, check=False, capture_output=True, text=True)
    return answer.stdout.strip() == str(minor)
