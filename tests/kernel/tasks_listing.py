"""Listings and plots of an observation, and the flagging of it."""

from kernel.tasks_step import Family, Refusal, Step

LISTING = Family(
    "listing",
    (
        "os.mkdir('empty.ms')",
        Step(
            "listobs('ngc5921.ms', listfile='o.txt')",
            "dict",
            "result['field_2']['name'] == 'N5921_2'",
        ),
        Step(
            "listvis('ngc5921.ms', field='0', spw='0:5', antenna='1&2', listfile='v.txt')",
            holds="exists('v.txt')",
        ),
        Step("listhistory('ngc5921.ms')"),
        Step("listpartition('ngc5921.ms', createdict=True)", "dict", "0 in result"),
        Step(
            "vishead('ngc5921.ms', mode='get', hdkey='telescope')", "tuple", "result[0][0] == 'VLA'"
        ),
        Step(
            "visstat('ngc5921.ms', field='0')", "dict", "result['DATA_DESC_ID=0']['npts'] > 10**5"
        ),
        Step("plotants('ngc5921.ms', figfile='ants.png')", holds="exists('ants.png')"),
        Refusal(
            "plotweather('empty.ms')",
            error="MissingDataError",
            words="There is no empty.ms",
            because="with data its model of the atmosphere takes three minutes",
        ),
        Step(
            "slsearch(outfile='lines.tbl', freqrange=[115.2, 115.3], species=['COv=0'])",
            "bool",
            holds="len(column('lines.tbl', 'FREQUENCY')) == 1",
        ),
        "open('splat.txt', 'w').write('CO v=0')",
        Refusal(
            "splattotable(['splat.txt'], 'mine.tbl')",
            words="bad format for line 1",
            because="the list must be downloaded from Splatalogue",
        ),
        Step("clearstat()"),
    ),
)

FLAGGING = Family(
    "flagging",
    (
        "shutil.copytree('ngc5921.ms', 'flag.ms')",
        Step(
            "flagmanager('flag.ms', mode='save', versionname='before')",
            holds="exists('flag.ms.flagversions')",
        ),
        Step("flagdata('flag.ms', mode='manual', autocorr=True)", "dict", "result == {}"),
        Step(
            "flagcmd('flag.ms', inpmode='list', inpfile=[\"antenna='5'\"])",
            holds="column('flag.ms', 'FLAG')[..., column('flag.ms', 'ANTENNA1') == 4].all()",
        ),
        Step("statwt('flag.ms', field='0', datacolumn='data')", "dict", "result['mean'] > 0"),
        Step(
            "initweights('flag.ms', wtmode='nyq')", holds="column('flag.ms', 'WEIGHT').max() > 1e6"
        ),
        Step(
            "msuvbin('flag.ms', field='2', outputvis='grid.ms', imsize=64, cell='15arcsec', "
            "nchan=1, start='1.4127GHz', width='1MHz')",
            holds="exists('grid.ms')",
        ),
    ),
)
