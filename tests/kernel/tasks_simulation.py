"""Simulated observations with ALMA's short antennas."""

from kernel.tasks_step import Family, Refusal, Step

_OBSERVATION = (
    "skymodel='sky.im', integration='10s', totaltime='60s', thermalnoise='', graphics='none',"
    " setpointings=True, maptype='square', mapsize='20arcsec'"
)

SIMULATION = Family(
    "simulation",
    (
        "sky = np.zeros((32, 32, 1, 1))\nsky[16, 16] = 1.0\nimage_of('sky.im', sky)",
        Step(
            f"simobserve(project='sim', antennalist='aca.cycle1.cfg', {_OBSERVATION})",
            holds="exists('sim/sim.aca.cycle1.ms')",
        ),
        Step(
            "simanalyze(project='sim', vis='sim.aca.cycle1.ms', imsize=[32, 32], "
            "cell='1arcsec', niter=5, graphics='none')",
            holds="exists('sim/sim.aca.cycle1.image')",
        ),
        Step(
            "simalma(project='alma', dryrun=True, skymodel='sky.im', mapsize='20arcsec', "
            "graphics='none')"
        ),
        Step(
            "imsmooth('sim/sim.aca.cycle1.image', outfile='low.im', major='30arcsec', "
            "minor='30arcsec', pa='0deg')",
            holds="exists('low.im')",
        ),
        Step("feather('both.im', 'sim/sim.aca.cycle1.image', 'low.im')", holds="exists('both.im')"),
        Step(
            "sdintimaging(usedata='sdint', sdimage='low.im', sdpsf='', "
            "vis='sim/sim.aca.cycle1.ms', datacolumn='data', imagename='joint', imsize=32, "
            "cell='1arcsec', specmode='cube', gridder='standard', dishdia=12.0, niter=0)",
            "dict",
            "exists('joint.joint.cube.residual')",
        ),
        Step(
            "exportasdm('sim/sim.aca.cycle1.ms', 'sim.asdm', archiveid='S1', apcorrected=False)",
            holds="exists('sim.asdm/Main.xml')",
        ),
        Refusal(
            "listsdm('sim.asdm')",
            error="IndexError",
            words="list index out of range",
            because="it cannot read what exportasdm writes, and no package brings another SDM",
        ),
        Step("asdmsummary('sim.asdm')"),
        Step("importasdm('sim.asdm', 'back.ms')", holds="column('back.ms', 'DATA').size > 0"),
    ),
)
