"""A notebook as the tests drive it: a real kernel behind jupyter_client, cell by cell."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

TIMEOUT = 60


@dataclass
class Cell:
    """What one execution put into its cell."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def displays(self) -> list[dict[str, str]]:
        """Displayed bundles in order, each as its last update left it."""
        shown: dict[str, dict[str, str]] = {}
        for message in self.messages:
            if message["msg_type"] in {"display_data", "update_display_data"}:
                content = message["content"]
                key = content["transient"].get("display_id") or message["msg_id"]
                assert (message["msg_type"] == "update_display_data") == (key in shown)
                shown[key] = content["data"]
        return list(shown.values())

    @property
    def log_blocks(self) -> list[dict[str, str]]:
        return [each for each in self.displays if each["text/plain"].startswith("CASA log")]

    @property
    def log(self) -> dict[str, str]:
        """The one log block."""
        (block,) = self.log_blocks
        return block

    @property
    def result(self) -> str:
        results = [m["content"] for m in self.messages if m["msg_type"] == "execute_result"]
        assert len(results) == 1, [(m["msg_type"], m["content"]) for m in self.messages]
        (result,) = results
        text: str = result["data"]["text/plain"]
        return text

    @property
    def error(self) -> dict[str, Any] | None:
        errors = [m["content"] for m in self.messages if m["msg_type"] == "error"]
        return errors[0] if errors else None

    def stream(self, name: str) -> str:
        contents = [m["content"] for m in self.messages if m["msg_type"] == "stream"]
        return "".join(content["text"] for content in contents if content["name"] == name)


class Notebook:
    """A running kernel."""

    def __init__(
        self,
        specs: KernelSpecManager,
        name: str,
        cwd: Path,
        env: dict[str, str],
        **traits: str,
    ) -> None:
        self.cwd = cwd
        started = time.monotonic()
        self.manager = KernelManager(kernel_name=name, kernel_spec_manager=specs, **traits)
        self.manager.start_kernel(cwd=str(cwd), env=env)
        client = self.manager.client()
        assert isinstance(client, BlockingKernelClient)
        self.client = client
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)
        self.ready_after = time.monotonic() - started

    @property
    def process(self) -> psutil.Process:
        provisioner: Any = self.manager.provisioner
        return psutil.Process(provisioner.pid)

    def start(self, code: str, cell: str | None = None, deleted: Sequence[str] = ()) -> str:
        """Send a cell and return its message id; with an id it is sent as JupyterLab does."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            # Else a cell that is sent right after a failed one may be aborted unread.
            "stop_on_error": False,
        }
        metadata = {} if cell is None else {"cellId": cell, "deletedCells": list(deleted)}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        msg_id: str = message["header"]["msg_id"]
        return msg_id

    def finish(self, msg_id: str, *, until: str | None = None) -> Cell:
        """Collect a cell's outputs until it is done, or until one of the given type came."""
        cell = Cell()
        while True:
            message: dict[str, Any] = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            cell.messages.append(message)
            kind, content = message["msg_type"], message["content"]
            if kind == until or (kind == "status" and content["execution_state"] == "idle"):
                return cell

    def run(self, code: str, cell: str | None = None, deleted: Sequence[str] = ()) -> Cell:
        return self.finish(self.start(code, cell, deleted))

    def restart(self) -> None:
        """Let a new kernel take the place of this one, as the front end's button does."""
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=TIMEOUT)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel()
