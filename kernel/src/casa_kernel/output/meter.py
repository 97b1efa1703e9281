"""casacore's progress meter, found in what is written to stderr.

From the sixth second on, casacore writes ``0%....10....20`` and so on to ``100%``, one dot for two
per cent, a few bytes at a time, and other text may fall between any two of them.
"""

from typing import Final

_SCALE: Final = "0%" + "".join(f"....{tens}" for tens in range(10, 101, 10)) + "%\n"
# With or without its first words: a meter that shows itself late begins with dots.
_BEGINNINGS: Final = {"\n" + _SCALE: -1, _SCALE: 0, _SCALE[2:]: 2}
# Dots alone may be anybody's.
_SURE: Final = ("\n0%", "0%", "....1")


def percent_at(position: int) -> int:
    """Return what the meter says when so many characters of its scale are written.

    Parameters
    ----------
    position : int
        From 0 to the length of the scale.

    Returns
    -------
    int
        Per cent.
    """
    # "0%" is followed by ten groups of four dots and a number.
    group, rest = divmod(max(0, position - 2), 6)
    return min(100, 10 * group + 2 * min(rest, 4))


class MeterParser:
    """Splits text into progress and the rest; any cutting of the text gives the same result."""

    def __init__(self) -> None:
        self._reached = 0  # characters of the scale that were read; 0 without a meter
        self._run = ""  # text from the start of a line that may belong to a meter
        self._elsewhere = False  # within a line that belongs to no meter
        self._percents: list[int] = []

    def feed(self, text: str) -> tuple[str, list[int]]:
        """Take text.

        Returns
        -------
        rest : str
            What belongs to no meter; text that may yet turn out to do waits.
        percents : list of int
            What the meter said, oldest first.
        """
        rest: list[str] = []
        start = 0
        while start < len(text):
            if self._elsewhere:
                end = text.find("\n", start) + 1
                self._elsewhere = end == 0
                end = end or len(text)
                rest.append(text[start:end])
                start = end
            else:
                rest.append(self._step(text[start]))
                start += 1
        return "".join(rest), self._taken()

    def flush(self) -> str:
        """Return what waits: no more of it is coming."""
        run, self._run = self._run, ""
        if self._is_sure(run):
            self._reached = self._position(run)
            return ""
        self._elsewhere = bool(run) and not run.endswith("\n")
        return run

    def _step(self, character: str) -> str:
        run = self._run + character
        position = self._position(run)
        if position < 0:
            before = self.flush()
            if before or self._position(character) < 0:
                self._elsewhere = character != "\n"
                return before + character
            self._run = character
            return ""
        self._run = run
        if self._is_sure(run):
            self._percents.append(percent_at(position))
        if position == len(_SCALE):
            self._run, self._reached = "", 0
        return ""

    def _position(self, run: str) -> int:
        # Where on the scale the end of the run is; -1 if it is not on any.
        for scale, offset in {**self._continuations(), **_BEGINNINGS}.items():
            if scale.startswith(run):
                return max(0, offset + len(run))
        return -1

    def _continuations(self) -> dict[str, int]:
        if not self._reached:
            return {}
        starts = [self._reached]
        if _SCALE[self._reached].isdigit():
            starts.append(self._reached + 2)
        return {_SCALE[start:]: start for start in starts}

    def _is_sure(self, run: str) -> bool:
        # A number alone may begin anything, a date for instance.
        going_on = any(scale.startswith(run) for scale in self._continuations())
        return run.startswith(_SURE) or (going_on and ("." in run or "%" in run))

    def _taken(self) -> list[int]:
        taken, self._percents = self._percents, []
        return taken
