"""What CASA makes of NGC 5921, for comparison: ``python transformed.py MS``."""

import sys

from casatasks import concat, mstransform, phaseshift

SHIFTED_TO = "J2000 15h22m02.0078282s 5d03m39.9998066s"  # 30 arcsec east, 20 south of N5921_2


def main(vis: str) -> None:
    of_time = {"timeaverage": True, "timebin": "100s"}
    mstransform(vis, "time-data.ms", datacolumn="data", **of_time)
    mstransform(vis, "time-corrected.ms", datacolumn="corrected", **of_time)
    of_all = {"timeaverage": True, "timebin": "1e8s", "datacolumn": "data"}
    mstransform(vis, "time-scan.ms", timespan="state,scan", **of_all)
    mstransform(vis, "time-field.ms", timespan="state,scan,field", **of_all)
    mstransform(vis, "channel-data.ms", datacolumn="data", chanaverage=True, chanbin=10)
    both = {"timeaverage": True, "timebin": "100s", "chanaverage": True, "chanbin": 7}
    mstransform(vis, "both-corrected.ms", datacolumn="corrected", **both)
    phaseshift(vis, "shifted.ms", field="2", phasecenter=SHIFTED_TO, datacolumn="data")
    for name, spw in (("first.ms", "0:0~15"), ("second.ms", "0:20~51")):
        mstransform(vis, name, spw=spw, field="0", datacolumn="data")
    concat(["first.ms", "second.ms"], "mixed.ms", freqtol="1Hz")


if __name__ == "__main__":
    main(sys.argv[1])
