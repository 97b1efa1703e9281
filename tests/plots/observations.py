"""Import 3C 273 and reduce NGC 5921: ``python observations.py DIRECTORY`` of their FITS files."""

import sys

from casatasks import applycal, bandpass, gaincal, importuvfits, setjy

VIS, BANDPASS, GAINS = "ngc5921.ms", "ngc5921.bcal", "ngc5921.gcal"


def main(demo: str) -> None:
    importuvfits(fitsfile=f"{demo}/3C273XC1.fits", vis="3c273.ms")
    importuvfits(fitsfile=f"{demo}/NGC5921.fits", vis=VIS)
    setjy(VIS, field="1331*", standard="Perley-Taylor 99", usescratch=True)
    bandpass(VIS, caltable=BANDPASS, field="0", refant="15", solint="inf")
    gaincal(
        VIS,
        caltable=GAINS,
        field="0,1",
        spw="0:6~56",
        gaintype="G",
        solint="inf",
        refant="15",
        gaintable=[BANDPASS],
        gainfield=["0"],
    )
    applycal(VIS, gaintable=[GAINS, BANDPASS], gainfield=["1,0", "0"], flagbackup=False)


if __name__ == "__main__":
    main(sys.argv[1])
