"""The kernel "CASA": IPython's kernel with a CASA session from its first cell on."""

import os
from typing import Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets import Bool, default

from casa_kernel.errors import CasaKernelError
from casa_kernel.extension import ensure_session
from casa_kernel.memo.start import VARIABLE, is_wanted


class CasaKernel(IPythonKernel):  # type: ignore[misc]  # ipykernel is untyped here
    """Starts CASA before it reports itself ready; what stops CASA is shown by the first cell."""

    implementation = "casa"

    recompute = Bool(
        help="Whether tasks are memoised from the first cell on, as after `%recompute on`; by "
        f"default what the environment variable {VARIABLE} says, 1 or 0."
    ).tag(config=True)

    @default("recompute")
    def _recompute_default(self) -> bool:
        return is_wanted(os.environ)

    def __init__(self, **kwargs: Any) -> None:  # traitlets: any trait by name
        super().__init__(**kwargs)
        self._problem: Exception | None = None
        self._casa_banner = ""
        try:
            self._casa_banner = ensure_session(self.shell, memoise=self.recompute).banner
        except Exception as problem:
            # A kernel that dies at start tells a user nothing: the first cell shows the reason.
            self.log.exception("CASA did not start")
            self._problem = problem

    @property
    def banner(self) -> str:
        """What a console prints first."""
        return f"{self._casa_banner}\n{super().banner}"

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: dict[str, Any] | None = None,
        cell_id: str | None = None,
    ) -> dict[str, Any]:
        """Run a cell; the first one fails with the reason if CASA did not start."""
        if self._problem is not None and not silent:
            problem, self._problem = self._problem, None
            return self._refusal(problem)
        reply: dict[str, Any] = await super().do_execute(
            code,
            silent,
            store_history,
            user_expressions,
            allow_stdin,
            cell_meta=cell_meta,
            cell_id=cell_id,
        )
        return reply

    def _refusal(self, problem: Exception) -> dict[str, Any]:
        # Our own errors are a sentence with its remedy; any other needs its traceback.
        known = isinstance(problem, CasaKernelError)
        error = (type(problem), problem, problem.__traceback__)
        self.shell.showtraceback(exc_tuple=error, exception_only=known)
        return {
            "status": "error",
            "execution_count": self.execution_count,
            "ename": type(problem).__name__,
            "evalue": str(problem),
            "traceback": [],
            "user_expressions": {},
            "payload": [],
        }


def launch(arguments: list[str]) -> None:
    """Run the kernel until it is shut down.

    Parameters
    ----------
    arguments : list of str
        ipykernel's command line, ``["-f", connection_file]``.
    """
    # A notebook's plots belong in it, whatever MPLBACKEND the server was started with.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    IPKernelApp.launch_instance(argv=arguments, kernel_class=CasaKernel)
