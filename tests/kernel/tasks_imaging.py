"""Imaging of the line of NGC 5921."""

from kernel.tasks_step import Family, Step

IMAGING = Family(
    "imaging",
    (
        "_ = split('ngc5921.ms', 'imaged.ms', field='2', spw='0:20~35', datacolumn='data')",
        Step(
            "tclean('imaged.ms', imagename='mfs', imsize=64, cell='15arcsec', niter=20, "
            "deconvolver='mtmfs', nterms=2)",
            "dict",
            "exists('mfs.image.tt0')",
        ),
        Step(
            "widebandpbcor('imaged.ms', imagename='mfs', nterms=2, action='pbcor', "
            "spwlist=[0, 0], chanlist=[2, 12], weightlist=[1.0, 1.0])",
            holds="exists('mfs.pbcor.image.tt0')",
        ),
        "_ = tclean('imaged.ms', imagename='dirty', imsize=64, cell='15arcsec')",
        Step("deconvolve('dirty', niter=5)", "dict", "result['iterdone'] == 5"),
        Step(
            "impbcor('dirty.image', 'dirty.pb', outfile='dirty.pbcor')",
            holds="exists('dirty.pbcor')",
        ),
        Step("apparentsens('imaged.ms', imsize=64, cell='15arcsec')", "dict"),
    ),
)
