"""Jupyter's own tests of a kernel's messages, on the kernel "CASA"."""

from typing import Any

import jupyter_kernel_test  # type: ignore[import-untyped]
import pytest
from kernel.casa_notebook import TIMEOUT
from kernel.conftest import StartNotebook


class TestProtocol(jupyter_kernel_test.KernelTests):  # type: ignore[misc]
    """What all front ends rely on, VS Code and nbconvert among them."""

    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys\nprint('oops', file=sys.stderr)"
    completion_samples = [  # noqa: RUF012 - as the base class has it
        {"text": "listob", "matches": {"listobs"}},
        {"text": "casalog.setlogf", "matches": {"setlogfile"}},
    ]
    complete_code_samples = ["listobs('x.ms')", "for n in range(3):\n    casalog.post('n')\n"]  # noqa: RUF012
    incomplete_code_samples = ["listobs(", "for n in range(3):"]  # noqa: RUF012
    invalid_code_samples = ["listobs('x.ms'))"]  # noqa: RUF012
    code_page_something = "listobs?"
    code_generate_error = "raise ValueError('as in any kernel')"
    code_execute_result = [  # noqa: RUF012
        {"code": "6 * 7", "result": "42"},
        {"code": "quanta().quantity('3km')['unit']", "result": "'km'"},
    ]
    code_display_data = [  # noqa: RUF012
        {"code": "casalog.post('a line of the log')", "mime": "text/html"},
        {"code": "casalog.post('its plain twin')", "mime": "text/plain"},
        {"code": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);", "mime": "image/png"},
    ]
    # ipykernel 7.4 itself answers "range" and "search" with nothing: a stock kernel fails, too.
    supported_history_operations = ("tail",)
    code_inspect_sample = "listobs"
    code_clear_output = "from IPython.display import clear_output\nclear_output()"

    @classmethod
    def setUpClass(cls) -> None:
        """Leave the kernel to the fixture below."""

    @classmethod
    def tearDownClass(cls) -> None:
        """See above."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _kernel(
        cls,
        start_notebook: StartNotebook,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        # Its own history: the tests count what is in it.
        notebook = start_notebook(IPYTHONDIR=str(tmp_path_factory.mktemp("ipython")))
        cls.km, cls.kc = notebook.manager, notebook.client

    def ask(self) -> str:
        """Run a cell that asks for a line, and return its message id when it does."""
        self.flush_channels()
        sent: str = self.kc.execute("print('got', input('which field? '))", allow_stdin=True)
        question = self.kc.get_stdin_msg(timeout=TIMEOUT)
        assert question["content"]["prompt"] == "which field? "
        return sent

    def outputs(self, sent: str) -> list[dict[str, Any]]:
        """Return the messages of a cell until it is done."""
        found: list[dict[str, Any]] = []
        while True:
            message = self.kc.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") != sent:
                continue
            found.append(message)
            if message["content"].get("execution_state") == "idle":
                # The reply, which the next test must not take for its own.
                assert self.kc.get_shell_msg(timeout=TIMEOUT)["parent_header"]["msg_id"] == sent
                return found

    def test_input_is_asked_of_the_front_end(self) -> None:
        sent = self.ask()
        self.kc.input("N5921_2")
        texts = [m["content"].get("text") for m in self.outputs(sent)]
        assert "got N5921_2\n" in "".join(text for text in texts if text)

    def test_a_question_can_be_interrupted(self) -> None:
        sent = self.ask()
        self.km.interrupt_kernel()
        errors = [m["content"]["ename"] for m in self.outputs(sent) if m["msg_type"] == "error"]
        assert errors == ["KeyboardInterrupt"]
        assert self.execute_helper("6 * 7")[0]["content"]["status"] == "ok"

    def test_a_script_of_the_notebook_is_python(self) -> None:
        self.flush_channels()
        sent = self.kc.kernel_info()
        reply = self.kc.get_shell_msg(timeout=TIMEOUT)
        assert reply["parent_header"]["msg_id"] == sent
        language = reply["content"]["language_info"]
        assert language["nbconvert_exporter"] == "python"
        assert language["mimetype"] == "text/x-python"
        assert reply["content"]["implementation"] == "casa"
        assert reply["content"]["banner"].startswith("CASA ")
