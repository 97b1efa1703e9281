"""An interactive clean from its first residual to the restored image, whoever drives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from casa_plots.cleaning import calls, returned
from casa_plots.cleaning.controls import Controls
from casa_plots.cleaning.errors import CleaningError, CycleError, InputError
from casa_plots.cleaning.maskfiles import read_masks, write_masks
from casa_plots.cleaning.masks import Masks, Plane
from casa_plots.cleaning.outlines import Mask
from casa_plots.cleaning.products import Product, Products
from casa_plots.cleaning.returned import Point, Returned
from casa_plots.cleaning.script import Made, script
from casa_plots.cleaning.states import States
from casa_plots.cleaning.trees import remove_tree

Task = Callable[..., Any]
"""`tclean`; its result is what CASA makes it."""

_UNDONE: Final = 5  # cycles that can be taken back; each is a copy of residual, model and mask
_DIVERGENCE: Final = 3.0  # as casacore's iteration control has it


class Cleaning:
    """One interactive clean.

    Calls of `begin`, `cycle`, `undo_cycle` and `finish` come from one thread, one after the other.

    Parameters
    ----------
    tclean : callable
        The task.
    given : mapping
        What the user called it with, by name.

    Attributes
    ----------
    controls : Controls
        For the next cycle; to be replaced.
    masks : Masks
        For the next cycle; to be edited. None before `begin`.
    cycles : int
        Done, without those taken back.
    is_running : bool
        Whether CASA is at work.

    Raises
    ------
    InputError
        A parameter that interactive cleaning cannot work with; nothing was done.
    """

    def __init__(self, tclean: Task, given: Mapping[str, Any]) -> None:
        calls.check(given)
        self._tclean = tclean
        self._given = {name: value for name, value in given.items() if name != "interactive"}
        self.controls = Controls.of(given)
        self.imagename = str(given["imagename"])
        self.products = Products(self.imagename)
        self._states = States(self.imagename, _UNDONE)
        self._place = Path(f"{self.imagename}.masks")
        self._before = _last_number(self._place)
        self._begun: Returned = {}
        self._done: list[_Cycle] = []
        self._file: _File = ("", {})
        self._masks: Masks | None = None
        self._made: list[Made] = []
        self.is_running = False
        self.reason = ""

    @property
    def masks(self) -> Masks:
        """The mask of the next cycle."""
        if self._masks is None:
            raise CleaningError("there is no residual yet: begin first.")
        return self._masks

    @property
    def cycles(self) -> int:
        """How many cycles were done, without those taken back."""
        return len(self._done)

    @property
    def can_undo_cycle(self) -> bool:
        """Whether the last cycle can be taken back."""
        return bool(self._done) and len(self._states) > 0 and not self.is_running

    @property
    def points(self) -> list[Point]:
        """How it converges."""
        return returned.points([self._begun, *(each.returned for each in self._done)])

    @property
    def niter_was_changed(self) -> bool:
        """Whether there may be more or fewer iterations than the user's call said."""
        left = Controls.of(self._given).niter
        for each in self._done:
            if each.controls.niter != left:
                return True
            left = max(0, left - int(each.returned["iterdone"]))
        return self.controls.niter != left

    @property
    def stop(self) -> int:
        """CASA's code why the last cycle was the last, 0 if there may be more."""
        return self._done[-1].stop if self._done else 0

    def begin(self) -> None:
        """Make residual and PSF, and read the mask that there is.

        Raises
        ------
        Exception
            CASA's own; what it left is as it left it.
        """
        empty = calls.begins_empty(self._given)
        parameters = calls.first(self._given, self.controls)
        self._begun = self._call(parameters)
        self._made = [Made("Point-spread function, residual and mask.", parameters)]
        shape = self.products.shape()
        planes = {} if empty else read_masks(self._mask_on_disk)
        self._masks = Masks(shape, planes)

    def cycle(self) -> int:
        """Do one cycle with the mask as it is.

        Returns
        -------
        int
            CASA's code why there is nothing left to do, 0 if there is.

        Raises
        ------
        InputError
            No iterations are left, or the mask is empty; nothing was done.
        CycleError
            CASA failed; the images are as before.
        KeyboardInterrupt
            It was stopped; the images are as before.
        """
        planes, controls = self.masks.planes, self.controls
        if controls.niter == 0:
            raise InputError("niter: no iterations are left; enter how many more there may be.")
        if controls.nmajor == 0:
            raise InputError("nmajor: no cycles are left; enter how many more there may be.")
        if self.masks.is_empty:
            raise InputError("the mask is empty: draw around what is to be cleaned.")
        self._states.keep()
        self.is_running = True
        file = self._file
        try:
            mask = self._written(planes)
            parameters = calls.cycle(self._given, controls, mask)
            result = self._call(parameters)
        except BaseException as error:
            self._take_back(file)
            if isinstance(error, Exception):
                raise CycleError(
                    f"the cycle failed, and the images are as they were before it: {error}"
                ) from error
            raise
        finally:
            self.is_running = False
        self._enter(_Cycle(result, controls, planes, file, Made("", parameters, bool(mask))))
        return self.stop

    def find_mask(self) -> bool:
        """Let CASA find the next mask, if the user asked for that; return whether it did.

        Raises
        ------
        CycleError
            CASA failed; the images are as before.
        """
        if not calls.is_automatic(self._given) or self.stop:
            return False
        self._states.keep()
        self.is_running = True
        try:
            self._call(calls.automask(self._given, self.controls))
            self.masks.replace(read_masks(self._mask_on_disk))
        except Exception as error:
            raise CycleError(f"CASA found no mask: {error}") from error
        finally:
            # What is found becomes a file of its own with the next cycle.
            self._states.put_back()
            self.is_running = False
        return True

    def undo_cycle(self) -> None:
        """Let images, mask and controls be as they were before the last cycle.

        Raises
        ------
        InputError
            There is none that can be taken back.
        """
        if not self.can_undo_cycle:
            raise InputError(f"only the last {_UNDONE} cycles can be taken back.")
        last = self._done.pop()
        self._take_back(last.file)
        self.controls = last.controls
        self.masks.replace(last.planes)
        self.reason = ""

    def finish(self) -> dict[str, Any]:
        """Restore the image and save the model, as the user asked; return what `tclean` returns.

        Raises
        ------
        Exception
            CASA's own.
        """
        parameters = calls.last(self._given)
        if parameters is not None:
            self._call(parameters)
        self._states.clear()
        return self.result()

    def shown(self, product: Product) -> Path | None:
        """Return an image to look at, as it was before the call that runs; None if it is none."""
        path = self.products.path(product)
        if path is not None and self.is_running:
            return self._states.latest(path.name) or path
        return path

    def result(self) -> dict[str, Any]:
        """Return what one call of `tclean` would have returned."""
        parts = [self._begun, *(each.returned for each in self._done)]
        asked = Controls.of(self._given).niter
        if self.niter_was_changed:
            asked = sum(int(each["iterdone"]) for each in parts) + self.controls.niter
        full = bool(self._given.get("fullsummary", False))
        return returned.merged(parts, asked, self.stop or returned.STOPPED, full=full)

    def script(self) -> str:
        """Return Python code that makes the same images, with the same masks."""
        return script(self.imagename, self.made)

    @property
    def made(self) -> list[Made]:
        """The calls that led to the images as they are, and the last that ends it."""
        found = list(self._made)
        for number, each in enumerate(self._done, start=1):
            found.append(Made(f"Cycle {number}.", each.made.parameters, each.made.renews))
        end = calls.last(self._given)
        return [*found, Made("The end.", end)] if end is not None else found

    @property
    def _mask_on_disk(self) -> Path:
        return Path(f"{self.imagename}.mask")

    def _call(self, parameters: Mapping[str, Any]) -> Returned:
        result = self._tclean(**parameters)
        if not isinstance(result, Mapping) or "iterdone" not in result:
            raise CleaningError("tclean refused its parameters: its log says why.")
        return result

    def _written(self, planes: Mapping[Plane, Mask]) -> str:
        """Let the next call find the mask; return the name to give it, empty if it has it."""
        name, last = self._file
        if name and last.keys() == planes.keys() and self.masks.equals(last):
            return ""
        target = self._mask_of(len(self._done) + 1)
        write_masks(self._mask_on_disk, target, self.masks.shape, planes)
        # CASA takes no mask beside one that is there.
        remove_tree(self._mask_on_disk)
        self._file = (str(target), planes)
        return str(target)

    def _mask_of(self, cycle: int) -> Path:
        return self._place / f"cycle-{self._before + cycle:02}.mask"

    def _take_back(self, file: "_File") -> None:
        """Let everything on disk be as before the cycle after those that are done."""
        self._file = file
        self._states.put_back()
        remove_tree(self._mask_of(len(self._done) + 1))

    def _enter(self, cycle: "_Cycle") -> None:
        now, then = self.controls, cycle.controls
        # What somebody entered meanwhile stays.
        left = max(0, then.niter - int(cycle.returned["iterdone"]))
        nmajor = now.nmajor - 1 if now.nmajor > 0 and now.nmajor == then.nmajor else now.nmajor
        self.controls = now.changed(
            {"niter": left if now.niter == then.niter else now.niter, "nmajor": nmajor}
        )
        cycle.peak = self.products.peak(Product.RESIDUAL)
        cycle.stop = self._stop(cycle, nmajor)
        self._done.append(cycle)
        self.masks.settle()
        self.reason = returned.reason(cycle.stop)
        if not cycle.stop and not int(cycle.returned["iterdone"]):
            self.reason = "The cycle did no iteration: nothing in the mask is above its threshold."

    def _stop(self, cycle: "_Cycle", nmajor: int) -> int:
        code = int(cycle.returned["stopcode"])
        if code != returned.REACHED_NMAJOR:
            return code
        # One call a cycle knows the cycle before only; this needs all of them.
        least = min((each.peak for each in self._done), default=cycle.peak)
        if least > 0 and (cycle.peak - least) / least > _DIVERGENCE:
            return returned.DIVERGED
        return code if nmajor == 0 else 0


_File = tuple[str, Mapping[Plane, Mask]]
"""Name of the mask that the last call used, and what is in it."""


@dataclass(slots=True)
class _Cycle:
    """A cycle that was done, and how it was before it."""

    returned: Returned
    controls: Controls
    planes: Mapping[Plane, Mask]
    file: _File
    made: Made
    stop: int = 0
    peak: float = 0.0


def _last_number(place: Path) -> int:
    """Return the largest number of the masks that are kept: none is ever overwritten."""
    found = [each.stem.removeprefix("cycle-") for each in place.glob("cycle-*.mask")]
    return max((int(each) for each in found if each.isdigit()), default=0)
