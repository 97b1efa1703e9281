"""The plots that are on the pages: what ``clearplots=False`` adds to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from casa_plots.picture import View
from casa_plots.plotms.iteration import Family, page, page_count
from casa_plots.plotms.view import PageView, page_title


@dataclass(slots=True)
class Board:
    """Plots by their index, on a grid.

    A kernel has one, a call of ``plotms`` without one begins its own.

    Attributes
    ----------
    rows, columns : int
        Of a page.
    plots : mapping of int to Family
        By ``plotindex``.
    """

    rows: int = 1
    columns: int = 1
    plots: dict[int, Family] = field(default_factory=dict)

    def put(self, index: int, family: Family, grid: tuple[int, int], *, clear: bool) -> None:
        """Put a plot on it, after all others are gone if that is asked for.

        Parameters
        ----------
        index : int
            Which plot it is; one after the last where it is greater.
        grid : tuple of int
            Rows and columns of a page.
        """
        if clear:
            self.plots = {}
        self.rows, self.columns = grid
        self.plots = {**self.plots, min(index, len(self.plots)): family}

    def views(self) -> "PageViews":
        """Return the pages as they are now; later plots do not change them."""
        families = tuple(self.plots[each] for each in sorted(self.plots))
        return PageViews(families, self.rows, self.columns)


class PageViews(Sequence[View]):
    """Pages, each made when it is asked for.

    Parameters
    ----------
    families : sequence of Family
        The plots.
    rows, columns : int
        Of a page.
    """

    def __init__(self, families: Sequence[Family], rows: int, columns: int) -> None:
        self._families = families
        self._grid = (rows, columns)
        self._made: dict[int, PageView] = {}
        self._count = page_count(families, rows, columns)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> View: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[View]: ...
    def __getitem__(self, index: int | slice) -> View | Sequence[View]:
        """Return a page; nothing is drawn, and no other page is made."""
        if isinstance(index, slice):
            return [self.page(number) for number in range(len(self))[index]]
        return self.page(range(len(self))[index])

    def page(self, number: int) -> PageView:
        """Return a page by its number."""
        if number not in self._made:
            cells = page(self._families, *self._grid, number)
            self._made[number] = PageView(cells, self._grid, page_title(cells))
        return self._made[number]
