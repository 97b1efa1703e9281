"""Single-dish spectra."""

from typing import Final

from recompute.access.declaration import Declaration
from recompute.access.wording import (
    given,
    may_read,
    reads,
    refuses,
    switched,
    unnamed,
    updates,
)

_FORMATS: Final = ("_blparam.txt", "_blparam.csv", "_blparam.bltable")
_NO_OUTPUT: Final = refuses("outfile is empty: the name is made of the input's", unnamed("outfile"))

DECLARATIONS: Final = (
    Declaration(
        "sdbaseline",
        (
            *reads("infile"),
            *may_read("blparam"),
            *reads("bltable", when=(given("blmode", "apply"),)),
            *switched("outfile"),
            updates("bloutput", stays="only what blformat asks for is made"),
            *(
                updates("infile", each, stays="only what blformat asks for is made")
                for each in _FORMATS
            ),
        ),
        (_NO_OUTPUT,),
        why="leaves the parameters of its fits beside the input, if bloutput names no file",
    ),
    Declaration("sdsmooth", (*reads("infile"), *switched("outfile")), (_NO_OUTPUT,)),
    Declaration("sdfit", (*reads("infile"), *switched("outfile"))),
)
