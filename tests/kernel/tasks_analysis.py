"""Image analysis on a cube that holds one source with one line."""

from kernel.tasks_step import Family, Step

# A source of 4 by 4 pixels FWHM, 5 Jy/beam on 1 Jy/beam of continuum in channel 16.
_CUBE = """\
x, y, v = np.ogrid[:24, :24, :32]
source = np.exp(-4 * np.log(2) * ((x - 12) ** 2 + (y - 12) ** 2) / 16.0)
line = 1.0 + 5.0 * np.exp(-4 * np.log(2) * (v - 16) ** 2 / 9.0)
noise = np.random.default_rng(1).normal(0, 0.01, (24, 24, 1, 32))
image_of('cube.im', (source * line)[:, :, None, :] + noise, 'Jy/beam')
ia = image()
ia.open('cube.im')
ia.setrestoringbeam(major='3arcsec', minor='3arcsec', pa='0deg')
ia.close()"""

_POLARISED = """\
ia = image()
ia.fromshape('iqu.im', [4, 4, 4, 16])
cs = ia.coordsys()
cs.setincrement(1e8, 'spectral')
ia.setcoordsys(cs.torecord())
squared = (2.998e8 / (1.415e9 + 1e8 * (np.arange(16) - 8))) ** 2
values = np.zeros((4, 4, 4, 16))
values[:, :, 0], values[:, :, 1], values[:, :, 2] = 1, np.cos(40 * squared), np.sin(40 * squared)
ia.putchunk(values)
ia.close()"""

ANALYSIS = Family(
    "analysis",
    (
        _CUBE,
        Step("imstat('cube.im')", "dict", "5.9 < result['max'][0] < 6.1"),
        Step("imval('cube.im', box='12,12', chans='16')", "dict", "5.9 < result['data'] < 6.1"),
        Step("imhead('cube.im', mode='get', hdkey='bunit')", "str", "result == 'Jy/beam'"),
        Step("imhistory('cube.im', mode='append', message='noted')", "bool"),
        Step("imfit('cube.im', chans='16', box='4,4,20,20')", "dict", "result['converged'].all()"),
        Step(
            "specfit('cube.im', box='12,12,12,12', poly=0)",
            "dict",
            "15 < result['gs']['center'].ravel()[0] < 17 or result['converged'].any()",
        ),
        Step(
            "specflux('cube.im', box='8,8,16,16', unit='GHz', logfile='flux.txt')",
            "NoneType",
            "exists('flux.txt')",
        ),
        Step("spxfit('cube.im', box='12,12,12,12', spxest=[1.0, 0.0], chans='0~5')", "dict"),
        Step(
            "immath('cube.im', outfile='twice.im', expr='IM0*2')",
            "bool",
            "11 < pixels('twice.im').max() < 13",
        ),
        Step(
            "immoments('cube.im', moments=[0], outfile='m0.im')",
            "NoneType",
            "pixels('m0.im').shape == (24, 24, 1, 1)",
        ),
        Step(
            "imcollapse('cube.im', function='max', axes=3, outfile='max.im')",
            "NoneType",
            "pixels('max.im').shape[-1] == 1",
        ),
        Step(
            "imsubimage('cube.im', 'part.im', chans='10~20')",
            "NoneType",
            "pixels('part.im').shape[-1] == 11",
        ),
        Step(
            "imsmooth('cube.im', outfile='smooth.im', major='6arcsec', minor='6arcsec', pa='0deg')",
            "NoneType",
            "exists('smooth.im')",
        ),
        Step(
            "specsmooth('cube.im', outfile='hanning.im', axis=3, dmethod='')",
            "NoneType",
            "pixels('hanning.im').shape[-1] > 20",
        ),
        Step(
            "imrebin('cube.im', 'rebin.im', factor=[2, 2, 1, 4])",
            "NoneType",
            "pixels('rebin.im').shape == (12, 12, 1, 8)",
        ),
        Step(
            "imregrid('part.im', template='rebin.im', output='regrid.im')",
            "NoneType",
            "exists('regrid.im')",
        ),
        Step(
            "imreframe('cube.im', output='bary.im', outframe='bary')",
            "NoneType",
            "exists('bary.im')",
        ),
        Step(
            "imtrans('cube.im', 'turned.im', order='3012')",
            "NoneType",
            "pixels('turned.im').shape == (32, 24, 24, 1)",
        ),
        Step(
            "impv('cube.im', 'pv.im', start=[4, 12], end=[20, 12])",
            "NoneType",
            "pixels('pv.im').ndim == 3",
        ),
        Step(
            "imcontsub('cube.im', linefile='line.im', contfile='cont.im', fitorder=0, "
            "chans='0~8;24~31')",
            "NoneType",
            "exists('cont.im')",
        ),
        Step(
            "imdev('cube.im', 'dev.im', chans='0', xlength='5pix', ylength='5pix')",
            "NoneType",
            "exists('dev.im')",
        ),
        Step(
            "imbaseline('cube.im', linefile='base.im', maskmode='list', blfunc='poly', order=1)",
            "NoneType",
            "exists('base.im')",
        ),
        Step(
            "makemask(mode='copy', inpimage='cube.im', inpmask='cube.im', output='mask.im')",
            "NoneType",
            "exists('mask.im')",
        ),
        Step(
            "plotprofilemap('rebin.im', figfile='map.png', pol=0)", "NoneType", "exists('map.png')"
        ),
        _POLARISED,
        Step("rmfit('iqu.im', rm='rm.im', sigma=0.01)", "NoneType", "exists('rm.im')"),
        Step("clearstat()"),
    ),
)
