"""EVN data into a MeasurementSet, in one call."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casa_kernel.vlbi.antab import parse_antab
from casa_kernel.vlbi.calibration import Antab
from casa_kernel.vlbi.errors import VlbiError
from casa_kernel.vlbi.files import read_text, refuse_if_calibrated, write_calibrated
from casa_kernel.vlbi.flagging import flag_commands
from casa_kernel.vlbi.layout import IdiLayout, read_layout
from casa_kernel.vlbi.report import ImportReport
from casa_kernel.vlbi.tables import curves_of, temperatures_of
from casa_kernel.vlbi.uvflg import parse_uvflg

Task = Callable[..., Any]  # a task's result is what CASA makes it
# FITS-IDI has no scan numbers. A new scan begins after a gap of this many seconds, or of so many
# integrations, whichever is longer.
_SCAN_GAP = 15.0
_SCAN_GAP_INTEGRATIONS = 2.5


@dataclass(frozen=True, slots=True)
class Request:
    """What `import_evn` was asked for; its parameters are described there."""

    files: tuple[Path, ...]
    vis: Path
    antab: Path | None
    uvflg: Path | None
    replace: bool
    overwrite: bool


def import_files(
    request: Request, tasks: Mapping[str, Task], say: Callable[[str], object]
) -> ImportReport:
    """Import an experiment; see `casa_kernel.vlbi.session` for what is promised.

    Raises
    ------
    VlbiError
        A file is missing or malformed, or the MeasurementSet exists; nothing was changed.
    """
    plan = _plan(request)
    plan.refuse(replace=request.replace, overwrite=request.overwrite)
    _carry_out(plan, tasks, say)
    report = plan.report()
    for line in report.warnings():
        say(line)
    return report


@dataclass(frozen=True, slots=True)
class _Plan:
    files: tuple[Path, ...]
    vis: Path
    layouts: tuple[IdiLayout, ...]
    antab: Antab | None
    commands: tuple[str, ...]

    def refuse(self, *, replace: bool, overwrite: bool) -> None:
        if self.vis.exists() and not overwrite:
            raise VlbiError(
                f"{self.vis} exists already: choose another name, or ask for overwrite=True."
            )
        if not self.vis.parent.is_dir():
            raise VlbiError(f"{self.vis.parent} is not a directory: make it first.")
        if self.antab is not None and not replace:
            for file, layout in zip(self.files, self.layouts, strict=True):
                refuse_if_calibrated(file, layout)

    def report(self) -> ImportReport:
        if self.antab is None:
            return ImportReport(str(self.vis), self.commands)
        layout = self.layouts[0]
        warm, curved = temperatures_of(self.antab, layout), curves_of(self.antab, layout)
        return ImportReport(
            str(self.vis),
            self.commands,
            tuple(name for name in layout.stations if name not in warm),
            tuple(name for name in layout.stations if name not in curved),
        )


def _plan(request: Request) -> _Plan:
    if not request.files:
        raise VlbiError("No FITS-IDI file is named: give idifiles.")
    # All of them, before CASA spends minutes on the first.
    layouts = tuple(read_layout(file) for file in request.files)
    antab, uvflg = request.antab, request.uvflg
    calibration = parse_antab(read_text(antab), str(antab)) if antab else None
    flags = parse_uvflg(read_text(uvflg), str(uvflg)) if uvflg else ()
    commands = tuple(flag_commands(flags, layouts[0]))
    # Absolute: tasks may run in a process with a directory of its own.
    paths = tuple(file.absolute() for file in request.files)
    return _Plan(paths, request.vis.absolute(), layouts, calibration, commands)


def _carry_out(plan: _Plan, tasks: Mapping[str, Task], say: Callable[[str], object]) -> None:
    # Beside the result, so that giving it its name is one step on one file system.
    workshop = plan.vis.with_name(f".{plan.vis.name}-{os.getpid()}")
    workshop.mkdir()
    try:
        building = _build(plan, workshop, tasks, say)
        _exchange(building, plan.vis, workshop / "old.ms")
    except (RuntimeError, OSError) as error:
        raise VlbiError(f"{plan.files[0]} could not be imported: {error}.") from error
    finally:
        shutil.rmtree(workshop)
    say(f"{plan.vis} is complete.")


def _exchange(new: Path, vis: Path, aside: Path) -> None:
    if not vis.exists():
        new.rename(vis)
        return
    vis.rename(aside)
    try:
        new.rename(vis)
    except OSError:
        aside.rename(vis)
        raise
    # Saved flags of the old rows fit the new ones in number at best.
    shutil.rmtree(f"{vis}.flagversions", ignore_errors=True)


def _build(
    plan: _Plan, workshop: Path, tasks: Mapping[str, Task], say: Callable[[str], object]
) -> Path:
    files = list(plan.files)
    if plan.antab is not None:
        say(f"Adding system temperatures and gain curves of {plan.antab.file}.")
        files[0] = workshop / plan.files[0].name
        write_calibrated(plan.files[0], files[0], plan.antab)
    building = workshop / "new.ms"
    say(f"Importing {len(files)} FITS-IDI file{'s' if len(files) > 1 else ''}.")
    tasks["importfitsidi"](
        fitsidifile=[str(file) for file in files],
        vis=str(building),
        constobsid=True,
        scanreindexgap_s=max(_SCAN_GAP, _SCAN_GAP_INTEGRATIONS * plan.layouts[0].integration),
    )
    if not building.is_dir():
        raise VlbiError(f"CASA made no MeasurementSet of {plan.files[0]}: see its log.")
    if plan.commands:
        say(f"Applying {len(plan.commands)} a-priori flags.")
        tasks["flagdata"](
            vis=str(building), mode="list", inpfile=list(plan.commands), flagbackup=False
        )
    return building
