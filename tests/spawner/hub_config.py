"""The site's own hub configuration, with what tests need: a token, a gate, and haste."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import casahub_spawner.local
import casahub_spawner.mixin
from casahub.settings import load_settings
from casahub_spawner.found import EngineError, FoundSession
from casahub_spawner.local import LocalWorkspaceSpawner
from casahub_spawner.marks import end
from tests_hub import HUB_CONFIG, LEAN, LEAN_ARGUMENTS, add_test_service

load_subconfig(str(HUB_CONFIG))  # type: ignore[name-defined]  # noqa: F821  # traitlets put it here
c = get_config()  # type: ignore[name-defined]  # noqa: F821  # JupyterHub put it here

add_test_service(c)
c.LocalWorkspaceSpawner.provisioner_socket = str(load_settings().state / "gate.sock")
c.LocalWorkspaceSpawner.poll_interval = 1
# A lease of a minute, renewed each second; questions get an answer or an excuse after two.
c.LocalWorkspaceSpawner.lease_seconds = 60
casahub_spawner.mixin._RENEWALS = 60  # type: ignore[misc]  # the site's own is a constant
casahub_spawner.refusals.PATIENCE = 2.0  # type: ignore[misc]
casahub_spawner.closing._PAUSE = 0.1  # type: ignore[misc]
c.LocalWorkspaceSpawner.environment, c.LocalWorkspaceSpawner.args = LEAN, LEAN_ARGUMENTS


# Servers that do not come up, for sessions of such names.
_BROKEN = {
    "ends": "print('The sky\\nis cloudy.'); raise SystemExit(3)",
    "killed": "import os; print('Out of stars.', flush=True); os.kill(os.getpid(), 9)",
    "deaf": "import time; print('Who is there?', flush=True); time.sleep(600)",
    "stubborn": "import signal as s; s.signal(s.SIGINT, s.SIG_IGN); s.pause()",
}


async def _strike(now: bool = False) -> None:
    raise RuntimeError("The engine is on strike.")


async def _end_most(session: FoundSession) -> None:
    if session.session == "undying":
        raise EngineError("It waits for a disk.")
    await end(session)


casahub_spawner.local.end = _end_most  # type: ignore[attr-defined]


def _break(spawner: LocalWorkspaceSpawner) -> None:
    if spawner.name in _BROKEN:
        spawner.cmd = [sys.executable, "-c", _BROKEN[spawner.name]]
    if spawner.name == "deaf":
        spawner.http_timeout = 3
    if spawner.name == "stubborn":
        spawner.interrupt_timeout = 3
    if spawner.name in {"unstopped", "undying"}:
        spawner.stop = _strike  # type: ignore[method-assign]


c.LocalWorkspaceSpawner.pre_spawn_hook = _break
