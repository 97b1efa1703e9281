"""A total-power observation of ALMA: simulated, then reduced."""

from kernel.tasks_step import Family, Refusal, Step

# simobserve points at the source only; the first field becomes the reference that sdcal needs.
_OBSERVATION = """\
sky = np.zeros((32, 32, 1, 64))
sky[12:20, 12:20, 0, 28:36] = 1.0
image_of('sky.im', sky)
simobserve(project='dish', obsmode='sd', antennalist='', sdantlist='aca.tp.cfg', skymodel='sky.im',
    incell='6arcsec', mapsize='60arcsec', maptype='square', integration='10s', totaltime='600s',
    thermalnoise='', graphics='none')
shutil.copytree('dish/dish.aca.tp.sd.ms', 'dish.ms')
tb = table()
tb.open('dish.ms/STATE', nomodify=False)
tb.addrows(1)
tb.putcell('OBS_MODE', 1, 'OBSERVE_TARGET#OFF_SOURCE')
tb.putcell('SIG', 1, False)
tb.putcell('REF', 1, True)
tb.close()
tb.open('dish.ms', nomodify=False)
state, scan = tb.getcol('STATE_ID'), np.ones(tb.nrows(), np.int32)
state[::4] = 1
tb.putcol('STATE_ID', state)
tb.putcol('SCAN_NUMBER', scan)
data = tb.getcol('DATA')
random = np.random.default_rng(1)
data = np.abs(data) + 10 + random.normal(0, 0.01, data.shape)
tb.putcol('DATA', data.astype(complex))
tb.removecols(['MODEL_DATA', 'CORRECTED_DATA'])
tb.close()
shutil.copytree('dish.ms', 'float.ms')
tb.open('float.ms', nomodify=False)
tb.addcols({'FLOAT_DATA': {'valueType': 'float', 'ndim': 2, 'dataManagerType': 'StandardStMan',
    'dataManagerGroup': 'Float', 'option': 0, 'maxlen': 0, 'comment': ''}})
tb.putcol('FLOAT_DATA', data.astype(np.float32))
tb.removecols(['DATA'])
tb.close()
"""

_SCANS = """\
for name in ('along.im', 'across.im'):
    image_of(name, random.normal(0, 1, (32, 32, 1, 4)))"""

_SIDEBANDS = """\
for name in ('upper.im', 'lower.im', 'third.im'):
    image_of(name, 1 + random.normal(0, 0.1, (2, 2, 1, 64)))"""

DISH = Family(
    "single dish",
    (
        _OBSERVATION,
        Step("sdcal('dish.ms', calmode='ps', outfile='sky.cal')", "NoneType", "exists('sky.cal')"),
        Step(
            "sdcal('dish.ms', calmode='apply', applytable='sky.cal')",
            "NoneType",
            "'CORRECTED_DATA' in columns('dish.ms')",
        ),
        Step(
            "sdbaseline('float.ms', datacolumn='float_data', blfunc='poly', order=0, "
            "outfile='base.ms')",
            "NoneType",
            "exists('base.ms')",
        ),
        Step(
            "sdsmooth('float.ms', datacolumn='float_data', kernel='boxcar', kwidth=3, "
            "outfile='smooth.ms')",
            "NoneType",
            "exists('smooth.ms')",
        ),
        Step(
            "sdfit('float.ms', datacolumn='float_data', fitfunc='gaussian', nfit=[1], "
            "outfile='fit.txt')",
            "dict",
            "exists('fit.txt')",
        ),
        Step(
            "sdtimeaverage('float.ms', datacolumn='float_data', timebin='all', outfile='mean.ms')",
            "NoneType",
            "exists('mean.ms')",
        ),
        Step(
            "sdpolaverage('float.ms', datacolumn='float_data', polaverage='stokes', "
            "outfile='stokes.ms')",
            "NoneType",
            "exists('stokes.ms')",
        ),
        Step(
            "nrobeamaverage('float.ms', datacolumn='float_data', timebin='0s', outfile='beam.ms')",
            "NoneType",
            "exists('beam.ms')",
        ),
        Refusal(
            "sdatmcor('dish.ms', datacolumn='corrected', outfile='atm.ms')",
            words="Reference should be AZEL-like",
            because="it needs ALMA's own table of atmospheric calibration, which nobody simulates",
        ),
        Refusal(
            "sdgaincal('dish.ms', calmode='doublecircle', radius='30arcsec', outfile='gain.cal')",
            words="Error in Calibrater::solve",
            because="no simulator moves a dish in double circles",
        ),
        Step(
            "sdimaging('float.ms', outfile='dish.im', imsize=[16, 16], cell='10arcsec', "
            "phasecenter='J2000 12:00:00 -23.00.00')",
            "NoneType",
            "exists('dish.im')",
        ),
        Step(
            "tsdimaging('float.ms', outfile='tdish', imsize=[16, 16], cell='10arcsec', "
            "phasecenter='J2000 12:00:00 -23.00.00')",
            "NoneType",
            "exists('tdish.image')",
        ),
        _SCANS,
        Step(
            "sdfixscan(['along.im', 'across.im'], direction=[0.0, 90.0], outfile='woven.im')",
            holds="pixels('woven.im').std() < 1",
        ),
        _SIDEBANDS,
        Step(
            "sdsidebandsplit(['upper.im', 'lower.im', 'third.im'], outfile='side', "
            "signalshift=[0.0, 2.0, 4.0], imageshift=[0.0, -2.0, -4.0])",
            "NoneType",
            "exists('side.signalband')",
        ),
    ),
)
