"""Calibration: NGC 5921 as in its tutorial, and what it gives no reason to use."""

from kernel.tasks_step import Family, Refusal, Step

# NGC 5921 has no cross-hands, and polcal aborts without them.
_POLARISED = """\
sm, me, qa = simulator(), measures(), quanta()
sm.open('full.ms')
east = [0.0, 300.0, -200.0, 500.0, -600.0, 100.0]
north = [0.0, 100.0, 400.0, -300.0, -100.0, 700.0]
sm.setconfig(telescopename='VLA', x=east, y=north, z=[0.0] * 6, dishdiameter=[25.0] * 6,
    mount=['alt-az'] * 6, antname=[f'N{n}' for n in range(1, 7)], coordsystem='local',
    referencelocation=me.observatory('VLA'))
sm.setspwindow(spwname='L', freq='1.4GHz', deltafreq='1MHz', freqresolution='1MHz', nchannels=2,
    stokes='RR RL LR LL')
sm.setfeed('perfect R L', pol=[''])
sm.setfield(sourcename='CAL', sourcedirection=me.direction('J2000', '13h31m08s', '30d30m33s'))
sm.setlimits(shadowlimit=0.001, elevationlimit='1deg')
sm.setauto(autocorrwt=0.0)
sm.settimes(integrationtime='60s', usehourangle=True, referencetime=me.epoch('UTC', '2024/03/01'))
for hour in (-3, -1, 1, 3):
    sm.observe('CAL', 'L', starttime=f'{hour}h', stoptime=f'{hour}.1h')
sm.close()
tb = table()
tb.open('full.ms', nomodify=False)
random = np.random.default_rng(1)
right, left = random.normal(0, 0.03, (2, 6, 2)) @ [1, 1j]
one, two = tb.getcol('ANTENNA1'), tb.getcol('ANTENNA2')
observed = random.normal(0, 1e-3, tb.getcol('DATA').shape).astype(complex)
observed[[0, 3]] += 1
observed[1] += right[one] + left[two].conj()
observed[2] += left[one] + right[two].conj()
tb.putcol('DATA', observed)
tb.putcol('WEIGHT', np.full(tb.getcol('WEIGHT').shape, 1e6))
tb.putcol('SIGMA', np.full(tb.getcol('SIGMA').shape, 1e-3))
tb.close()"""

CALIBRATION = Family(
    "calibration",
    (
        "shutil.copytree('ngc5921.ms', 'cal.ms')\n_ = flagdata('cal.ms', autocorr=True)",
        Step(
            "setjy('cal.ms', field='0', usescratch=True)",
            "dict",
            "14 < result['0']['0']['fluxd'][0] < 16",
        ),
        Step("bandpass('cal.ms', 'b.cal', field='0', refant='15')", "dict"),
        Step(
            "gaincal('cal.ms', 'g.cal', field='0,1', spw='0:6~56', refant='15', gaintable='b.cal')",
            "dict",
        ),
        Step(
            "fluxscale('cal.ms', 'g.cal', 'flux.cal', reference='0', transfer='1')",
            "dict",
            "2.4 < result['1']['0']['fluxd'][0] < 2.6",
        ),
        Step(
            "applycal('cal.ms', field='1,2', gaintable=['flux.cal', 'b.cal'], "
            "gainfield=['1', '0'])",
            holds="'CORRECTED_DATA' in columns('cal.ms')",
        ),
        Step("listcal('cal.ms', 'g.cal', listfile='g.txt')", holds="exists('g.txt')"),
        Step("calstat('g.cal', datacolumn='CPARAM')", "dict", "result['CPARAM']['npts'] > 0"),
        Step(
            "plotbandpass('b.cal', antenna='1', xaxis='chan', figfile='b.png', interactive=False)",
            holds="list(Path().glob('b*.png'))",
        ),
        Step(
            "smoothcal('cal.ms', 'g.cal', 'smooth.cal', smoothtime=1000.0)",
            holds="exists('smooth.cal')",
        ),
        Step("rerefant('cal.ms', 'g.cal', 'reref.cal', refant='3')", holds="exists('reref.cal')"),
        Step("accor('ngc5921.ms', 'accor.cal', field='0')", holds="exists('accor.cal')"),
        Step("blcal('cal.ms', 'bl.cal', field='0', spw='0:6~56')", holds="exists('bl.cal')"),
        Step(
            "fringefit('cal.ms', 'fringe.cal', field='0', spw='0:28~35', antenna='3,7,15', "
            "refant='15')",
            holds="exists('fringe.cal')",
        ),
        Step(
            "gencal('cal.ms', 'amp.cal', caltype='amp', parameter=[2.0])",
            holds="(column('amp.cal', 'CPARAM') == 2).any()",
        ),
        Step("polfromgain('cal.ms', 'g.cal', 'pol.cal')", "dict"),
        Refusal(
            "wvrgcal('radiometer.ms', 'w.cal')",
            error="AssertionError",
            words="must be a path that exists",
            because="no simulator makes a radiometer's data, and without them it crashes",
        ),
        Step(
            "uvmodelfit('cal.ms', field='1', niter=3, sourcepar=[1.0, 0.0, 0.0], outfile='fit.cl')",
            holds="exists('fit.cl')",
        ),
        (
            "cl = componentlist()\ncl.addcomponent(dir='J2000 15h22m00s 5d04m00s', flux=1.0, "
            "freq='1.413GHz')\ncl.rename('one.cl')\ncl.close()"
        ),
        Step(
            "ft('cal.ms', field='2', complist='one.cl', usescratch=True)",
            holds="abs(column('cal.ms', 'MODEL_DATA')).max() > 0",
        ),
        "before = column('cal.ms', 'CORRECTED_DATA') - column('cal.ms', 'MODEL_DATA')",
        Step("uvsub('cal.ms')", holds="np.allclose(column('cal.ms', 'CORRECTED_DATA'), before)"),
        Step("delmod('cal.ms', otf=True, scr=True)", holds="'MODEL_DATA' not in columns('cal.ms')"),
        Step(
            "clearcal('cal.ms')",
            holds="(column('cal.ms', 'CORRECTED_DATA') == column('cal.ms', 'DATA')).all()",
        ),
        _POLARISED,
        Step("polcal('full.ms', 'd.cal', refant='N1', poltype='Dflls')", holds="exists('d.cal')"),
        Step(
            "predictcomp('Titan', epoch='2011/01/01/00:00', minfreq='230GHz', "
            "maxfreq='231GHz', savefig='t.png')",
            "dict",
        ),
    ),
)
