"""`import_evn` as a session offers it; cheap to import, because every session does."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from casa_kernel.vlbi.report import ImportReport

Task = Callable[..., Any]  # a task's result is what CASA makes it
Name = str | Path


def importer(tasks: Mapping[str, Task], say: Callable[[str], object] = print) -> Task:
    """Return `import_evn` as a session offers it.

    Parameters
    ----------
    tasks : mapping
        Task name to callable; ``importfitsidi`` and ``flagdata`` are used.
    say : callable
        Told each step.
    """

    def import_evn(
        idifiles: Name | Sequence[Name],
        vis: Name,
        antab: Name | None = None,
        uvflg: Name | None = None,
        *,
        replace: bool = False,
        overwrite: bool = False,
    ) -> ImportReport:
        """Import FITS-IDI files with the system temperatures, gain curves and flags of the EVN.

        The FITS-IDI files are only read. The MeasurementSet gets its name when it is complete.
        ``gencal`` makes calibration tables of it with ``caltype='tsys', uniform=False`` and with
        ``caltype='gc'``.

        Parameters
        ----------
        idifiles : str, Path or sequence of them
            The experiment's files, in their order.
        vis : str or Path
            The MeasurementSet to make.
        antab : str or Path, optional
            ANTAB file, may be packed by gzip.
        uvflg : str or Path, optional
            UVFLG file, may be packed by gzip; its flags are applied.
        replace : bool
            Take the ANTAB file's tables for those that a FITS-IDI file has already.
        overwrite : bool
            Exchange a MeasurementSet that exists for the new one once that is complete.

        Returns
        -------
        ImportReport
            The flags that were applied, and stations without calibration.

        Raises
        ------
        VlbiError
            A file is missing or malformed, or `vis` exists; nothing was changed.
        """
        # astropy takes most of a second to import: only sessions that use it wait for it.
        from casa_kernel.vlbi.importing import Request, import_files  # noqa: PLC0415

        files = [idifiles] if isinstance(idifiles, str | Path) else list(idifiles)
        request = Request(
            files=tuple(Path(file) for file in files),
            vis=Path(vis),
            antab=Path(antab) if antab else None,
            uvflg=Path(uvflg) if uvflg else None,
            replace=replace,
            overwrite=overwrite,
        )
        return import_files(request, tasks, say)

    return import_evn
