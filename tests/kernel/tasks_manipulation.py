"""MeasurementSets made from MeasurementSets."""

from kernel.tasks_step import Family, Step

MANIPULATION = Family(
    "manipulation",
    (
        Step(
            "split('ngc5921.ms', 'line.ms', field='2', spw='0:20~35', datacolumn='data')",
            holds="column('line.ms', 'DATA').shape[:2] == (2, 16)",
        ),
        Step(
            "mstransform('line.ms', 'two.ms', datacolumn='data', chanaverage=True, chanbin=2)",
            holds="column('two.ms', 'DATA').shape[1] == 8",
        ),
        Step("hanningsmooth('line.ms', 'hann.ms', datacolumn='data')", holds="exists('hann.ms')"),
        Step("cvel('line.ms', 'cvel.ms', outframe='LSRK')", holds="exists('cvel.ms')"),
        Step(
            "cvel2('line.ms', 'cvel2.ms', outframe='LSRK', datacolumn='data')",
            holds="exists('cvel2.ms')",
        ),
        Step("uvcontsub('line.ms', 'sub.ms', datacolumn='DATA', fitspec='0:0~3;12~15')", "dict"),
        "shutil.copytree('line.ms', 'old.ms')",
        Step("uvcontsub_old('old.ms', fitspw='0:0~3;12~15')", holds="exists('old.ms.contsub')"),
        Step(
            "phaseshift('line.ms', 'shift.ms', phasecenter='J2000 15h22m10s 5d04m00s', "
            "datacolumn='data')",
            holds="exists('shift.ms')",
        ),
        Step("fixvis('line.ms', 'fixed.ms')", holds="exists('fixed.ms')"),
        Step(
            "fixplanets('line.ms', field='0', direction='J2000 15h22m30s 5d04m00s')",
            holds="np.isclose(column('line.ms/FIELD', 'PHASE_DIR').flat[0] % 6.2832, "
            "np.radians(15.375 * 15), atol=1e-3)",
        ),
        Step(
            "conjugatevis('line.ms', outputvis='conj.ms')",
            holds="(column('conj.ms', 'DATA') == column('line.ms', 'DATA').conj()).all()",
        ),
        Step(
            "partition('line.ms', 'parts.mms', datacolumn='data', disableparallel=True)",
            holds="exists('parts.mms')",
        ),
        Step(
            "defintent('line.ms', intent='OBSERVE_TARGET#ON_SOURCE', mode='set', "
            "outputvis='meant.ms')",
            holds="exists('meant.ms')",
        ),
        (
            "_ = split('ngc5921.ms', 'first.ms', scan='5', spw='0:20~35', datacolumn='data')\n_ "
            "= split('ngc5921.ms', 'last.ms', scan='7', spw='0:20~35', datacolumn='data')"
        ),
        Step("testconcat(['first.ms', 'last.ms'], 'test.ms')", holds="exists('test.ms')"),
        Step("concat(['first.ms', 'last.ms'], 'both.ms')", holds="exists('both.ms')"),
        Step(
            "virtualconcat(['first.ms', 'last.ms'], 'virtual.mms', keepcopy=True)",
            holds="exists('virtual.mms')",
        ),
        Step("rmtables('two.ms')", holds="not exists('two.ms')"),
    ),
)
