"""Make images with CASA, and let CASA measure them: ``python make_images.py FITS``.

They are made in the working directory; what CASA says of them is in ``numbers.json``.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from casatasks import (
    applycal,
    exportfits,
    gaincal,
    importuvfits,
    imregrid,
    imstat,
    imtrans,
    imval,
    setjy,
    tclean,
)
from casatools import image

BOX = "30,40,80,75"


def main(fits: str) -> None:
    """Make all images, and the numbers."""
    observe(fits)
    odd_ones()
    exportfits("cube.image", "cube.fits")
    imregrid("cube.image", template="GALACTIC", output="galactic.image")
    imtrans("cube.image", "turned.image", order="3012")
    with Path("numbers.json").open("w", encoding="utf-8") as file:
        json.dump(numbers(), file)


def observe(fits: str) -> None:
    """Make a cube of H I in NGC 5921, 8 channels."""
    vis = "ngc5921.ms"
    importuvfits(fits, vis)
    setjy(vis, field="1331*", standard="Perley-Taylor 99", usescratch=False)
    gaincal(vis, caltable="g", field="0,1", spw="0:6~56", solint="inf", refant="15")
    applycal(vis, field="2", gaintable=["g"], gainfield=["1"], flagbackup=False)
    tclean(
        vis,
        imagename="cube",
        field="2",
        specmode="cube",
        nchan=8,
        start=20,
        width=3,
        restfreq="1420.405752MHz",
        imsize=128,
        cell="15arcsec",
        niter=100,
        weighting="briggs",
    )


def odd_ones() -> None:
    """Make images of shapes and kinds that are rare."""
    tool = image()
    random = np.random.default_rng(1)
    x, y = np.meshgrid(np.arange(48.0), np.arange(40.0), indexing="ij")
    angle = np.degrees(np.arctan2(y - 20, x - 24))
    polarised = np.hypot(x - 24, y - 20) * np.exp(2j * np.radians(angle)) * 1e-3
    tool.fromarray("polarised.image", polarised)
    tool.close()
    tool.fromarray("angles.image", angle)
    tool.close()
    tool.fromarray("flat.image", np.full((20, 10), 2.5))
    tool.close()
    tool.fromarray("nan.image", np.full((20, 10), np.nan))
    tool.close()
    tool.fromarray("pixel.image", np.full((1, 1), 3.0))
    tool.close()
    tool.fromarray("linear.image", random.normal(size=(30, 20)), linear=True)
    tool.close()
    tool.fromarray("iquv.image", random.normal(size=(24, 20, 4, 3)))
    tool.setbrightnessunit("Jy/beam")
    tool.close()
    tool.fromarray("masked.image", random.normal(size=(20, 10)))
    tool.calcmask("masked.image > 1000")
    tool.close()


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """Return what a task returned as JSON has it."""
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in found.items()
    }


def numbers() -> dict[str, Any]:
    """Return what CASA says."""
    tool = image()
    tool.open("cube.image")
    box = [int(each) for each in BOX.split(",")]
    region = f"box[[{box[0]}pix,{box[1]}pix],[{box[2]}pix,{box[3]}pix]]"
    profile = tool.getprofile(axis=3, function="mean", region=region)
    beam = [tool.restoringbeam(channel=n) for n in range(8)]
    velocities = profile["coords"].tolist()
    world = tool.toworld([64, 70, 0, 3], "s")
    tool.close()
    return {
        "box": plain(imstat("cube.image", box=BOX, chans="3")),
        "plane": plain(imstat("cube.image", chans="3")),
        "value": imval("cube.image", box="64,70,64,70", chans="3")["data"].tolist(),
        "profile": profile["values"].tolist(),
        "frequencies": velocities,
        "beam3": beam[3]["major"]["value"],
        "world": list(world["string"]),
    }


if __name__ == "__main__":
    main(sys.argv[1])
