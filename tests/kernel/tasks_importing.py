"""Import and export, and the tasks that ask a service on the network."""

from kernel.tasks_step import Family, Refusal, Step

_FOREIGN = "no registry package brings data in this telescope's own format"
_CLOSED = "a test has no network: a closed port of this machine stands for the service"

IMPORTING = Family(
    "importing",
    (
        Step(
            "importuvfits(DEMO + '/3C273XC1.fits', 'c273.ms')", holds="exists('c273.ms/table.dat')"
        ),
        Step(
            "exportuvfits('c273.ms', 'c273.uvfits', datacolumn='data')",
            holds="os.path.getsize('c273.uvfits') > 2**18",
        ),
        Step("listfits('c273.uvfits')"),
        Step(
            "importfits(DEMO + '/Images/test_image.fits', 'test.im')",
            holds="pixels('test.im').size > 0",
        ),
        Step("exportfits('test.im', 'test.fits')", holds="exists('test.fits')"),
        "open('wrong', 'w').write('no observation')",
        Refusal(
            "importfitsidi('wrong', 'idi.ms')", words="Error reading FITS input", because=_FOREIGN
        ),
        Refusal("importatca('wrong', 'atca.ms')", words="Failed to import atca", because=_FOREIGN),
        Refusal(
            "importgmrt('wrong', vis='gmrt.ms')",
            words="Failed to read file wrong",
            because=_FOREIGN,
        ),
        Refusal(
            "importmiriad('wrong', 'miriad.ms')", words="Failed to import miriad", because=_FOREIGN
        ),
        Refusal(
            "importvla('wrong', 'vla.ms')",
            error="Exception",
            words="visibility file is empty",
            because=_FOREIGN,
        ),
        Refusal("importnro('wrong', 'nro.ms')", words="not a valid NOSTAR data", because=_FOREIGN),
        Refusal("importasap('wrong', 'asap.ms')", words="not a valid Scantable", because=_FOREIGN),
        Refusal(
            "getantposalma('a.json', asdm='uid://A002/X1/X1', hosts=['http://127.0.0.1:9/'])",
            words="All URLs failed",
            because=_CLOSED,
        ),
        Refusal(
            "getcalmodvla('c.json', source='3C48', band='L', obsdate=56000, "
            "hosts=['http://127.0.0.1:9/'])",
            words="All URLs failed",
            because=_CLOSED,
        ),
        Refusal(
            "getephemtable('Mars', timerange='2024/01/01')",
            error="ValueError",
            words="timerange needs to be specified",
            because="its service is written into the task: only what it refuses before it asks",
        ),
    ),
)
