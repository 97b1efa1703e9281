"""Run as a script in an empty directory: whether CASA refuses or replaces outputs that are there.

Prints a JSON object: for each case what went otherwise than its declaration says, empty if nothing.
"""

import inspect
import json
import os
import re
import shutil
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casa_kernel.site import find_data
from tests_recompute_access import COMPLAINTS, watch

DATA = find_data([])
# Noise that no state counts: locks, histories, padding, an image's free memory.
NOISE = re.compile(r"(^|/)(table\.lock|table\.f0i|HISTORY|logtable)(/|$)")
DATED = re.compile(rb"DATE    =.{71}|HISTORY .{72}")


@dataclass(frozen=True)
class Case:
    """A call whose outputs are there already.

    Attributes
    ----------
    call : str
        As a user writes it.
    other : str
        The call that made them; the call itself if empty.
    """

    call: str
    other: str = ""

    @property
    def task(self) -> str:
        return self.call.partition("(")[0]


REFUSED = (
    Case("split('a.ms', 'out.ms', datacolumn='data')"),
    Case("mstransform('a.ms', 'out.ms', datacolumn='data')"),
    Case("hanningsmooth('line.ms', 'out.ms', datacolumn='data')"),
    Case("cvel2('line.ms', 'out.ms', datacolumn='data')"),
    Case("phaseshift('a.ms', 'out.ms', phasecenter='J2000 12h29m07s 2d03m08s', datacolumn='data')"),
    Case("uvcontsub('line.ms', 'out.ms', datacolumn='DATA')"),
    Case("conjugatevis('a.ms', outputvis='out.ms')"),
    Case("partition('a.ms', 'out.mms', datacolumn='data', disableparallel=True)"),
    Case("testconcat(['a.ms', 'b.ms'], 'out.ms')"),
    Case("importuvfits('a.uvfits', 'out.ms')"),
    Case("exportuvfits('a.ms', 'out.uvfits', datacolumn='data')"),
    Case("importfits(IMAGE, 'out.im')"),
    Case("exportfits('a.im', 'out.fits')"),
    Case("fluxscale('line.ms', 'two.cal', 'out.cal', reference='0', transfer='1')"),
    Case("polfromgain('a.ms', 'g.cal', 'out.cal')"),
    Case("listobs('a.ms', listfile='out.txt')"),
    Case("listvis('a.ms', antenna='1&2', timerange='<1989/06/27/23:00:00', listfile='out.txt')"),
    Case("listcal('a.ms', 'g.cal', listfile='out.txt')"),
    Case("listpartition('a.ms', listfile='out.txt')"),
    Case("immath('a.im', outfile='out.im', expr='IM0*2')"),
    Case("immoments('cube.im', moments=[0], outfile='out.im')"),
    Case("immoments('cube.im', moments=[0, 8], outfile='out.im')"),
    Case("imsubimage('a.im', 'out.im', box='1,1,5,5')"),
    Case("imcollapse('a.im', function='max', axes=0, outfile='out.im')"),
    Case("imsmooth('cube.im', outfile='out.im', major='3arcmin', minor='3arcmin', pa='0deg')"),
    Case("imrebin('a.im', 'out.im', factor=[2, 2])"),
    Case("imregrid('a.im', template='b.im', output='out.im')"),
    Case("imtrans('cube.im', 'out.im', order='3012')"),
    Case("imcontsub('cube.im', linefile='out.im', contfile='cont.im')"),
    Case("impbcor('a.im', 'a.im', outfile='out.im')"),
)

REPLACED = (
    Case("gaincal('a.ms', 'out.cal')", "gaincal('a.ms', 'out.cal', solint='600s', calmode='p')"),
    Case("gaincal('a.ms', 'out.cal', gaintype='T')", "bandpass('a.ms', 'out.cal')"),
    Case("bandpass('a.ms', 'out.cal')", "gaincal('a.ms', 'out.cal')"),
    Case("blcal('a.ms', 'out.cal')", "gaincal('a.ms', 'out.cal')"),
    Case("accor('line.ms', 'out.cal')", "gaincal('a.ms', 'out.cal')"),
    Case("fringefit('line.ms', 'out.cal', refant='1')", "gaincal('line.ms', 'out.cal')"),
    Case("smoothcal('a.ms', 'g.cal', 'out.cal')", "bandpass('a.ms', 'out.cal')"),
    Case("rerefant('a.ms', 'g.cal', 'out.cal', refant='3')", "bandpass('a.ms', 'out.cal')"),
    Case("fixvis('a.ms', 'out.ms')", "split('line.ms', 'out.ms', datacolumn='data')"),
    Case(
        "conjugatevis('a.ms', outputvis='out.ms', overwrite=True)",
        "split('line.ms', 'out.ms', datacolumn='data')",
    ),
    Case("imreframe('cube.im', output='out.im', outframe='bary')", "imsubimage('a.im', 'out.im')"),
    Case(
        "exportuvfits('a.ms', 'out.uvfits', datacolumn='data', overwrite=True)",
        "exportuvfits('line.ms', 'out.uvfits', datacolumn='data')",
    ),
    Case("importfits(IMAGE, 'out.im', overwrite=True)", "imsubimage('cube.im', 'out.im')"),
    Case(
        "exportfits('a.im', 'out.fits', overwrite=True)",
        "exportfits('cube.im', 'out.fits')",
    ),
    Case(
        "listobs('a.ms', listfile='out.txt', overwrite=True)",
        "listcal('a.ms', 'g.cal', listfile='out.txt')",
    ),
    Case("imsubimage('a.im', 'out.im', overwrite=True)", "imsubimage('cube.im', 'out.im')"),
    Case(
        "imrebin('a.im', 'out.im', factor=[2, 2], overwrite=True)",
        "imsubimage('cube.im', 'out.im')",
    ),
    Case(
        "imcollapse('a.im', function='max', axes=0, outfile='out.im', overwrite=True)",
        "imsubimage('cube.im', 'out.im')",
    ),
    Case(
        "imregrid('a.im', template='b.im', output='out.im', overwrite=True)",
        "imsubimage('cube.im', 'out.im')",
    ),
    Case("imstat('a.im', logfile='out.txt', append=False)", "listobs('a.ms', listfile='out.txt')"),
)

CLEAN = (
    "tclean('line.ms', imagename='t', imsize=48, cell='20arcsec', datacolumn='data', field='0', "
)
CUBE_MASK = "specmode='cube', niter=10, usemask='auto-multithresh', pbcor=True)"
TIMES = "imsize=32, cell='20arcsec', nchan=1, start='1.412GHz', width='1MHz'"

# What the steps of tests/kernel do not call: other modes, each in its order.
DECLARED = (
    (f"{CLEAN}{CUBE_MASK}",),
    (f"{CLEAN}deconvolver='mtmfs', nterms=3, niter=10, pbcor=True)",),
    (f"{CLEAN}specmode='mvc', deconvolver='mtmfs', nterms=2, niter=10, reffreq='1.4GHz')",),
    (f"{CLEAN}niter=10, mask='circle[[24pix,24pix],5pix]')", f"{CLEAN}niter=20, mask='')"),
    (f"{CLEAN}niter=5, savemodel='modelcolumn')", f"{CLEAN}niter=9, savemodel='virtual')"),
    (f"{CLEAN}niter=5, outlierfile='outliers.txt')",),
    ("gaincal('line.ms', 'two.cal', append=True, solint='60s')",),
    ("applycal('line.ms', docallib=True, callib='library.txt')",),
    ("fluxscale('line.ms', 'two.cal', 'f.cal', reference='0', transfer='1', listfile='f.txt')",),
    (
        "flagdata('a.ms', action='', savepars=True, outfile='c.txt', antenna='1')",
        "flagdata('a.ms', mode='list', inpfile='c.txt')",
        "flagdata('a.ms', action='', savepars=True, antenna='1')",
        "flagdata('a.ms', mode='summary')",
        "flagdata('a.ms', mode='tfcrop', action='calculate')",
        "flagcmd('a.ms', action='clear', clearall=True)",
    ),
    (
        "flagmanager('a.ms', mode='save', versionname='v')",
        "flagmanager('a.ms')",
        "flagmanager('a.ms', mode='rename', oldname='v', versionname='w')",
        "flagmanager('a.ms', mode='restore', versionname='w')",
        "flagmanager('a.ms', mode='delete', versionname='w')",
    ),
    ("imhead('a.im', mode='put', hdkey='object', hdvalue='X')", "imhead('a.im', mode='list')"),
    ("specfit('cube.im', poly=0, ngauss=0, model='m.im', residual='r.im', multifit=True)",),
    ("setjy('line.ms', listmodels=True)", "setjy('line.ms', field='0', model='3C286_L.im')"),
    ("setjy('line.ms', field='0', usescratch=False)", "delmod('line.ms')"),
    ("immoments('cube.im', moments=[0, 1, 8], outfile='moment')",),
    ("imreframe('cube.im', outframe='bary')", "imregrid('a.im', template='get')"),
    ("concat(['b.ms', 'a.ms'], 'c.ms', copypointing=False)", "concat(['a.ms'], 'c.ms')"),
    ("uvcontsub_old('line.ms', want_cont=True)",),
    ("partition('a.ms', 'p.mms', datacolumn='data')", "flagdata('p.mms', antenna='1')"),
    ("vishead('a.ms', mode='put', hdkey='observer', hdvalue='me')", "fixvis('a.ms')"),
    ("statwt('a.ms', datacolumn='data', preview=True)", "smoothcal('a.ms', 'g.cal')"),
    (f"msuvbin('line.ms', field='0', outputvis='g.ms', {TIMES})",),
    ("imbaseline('deep/cube.im', linefile='l.im', output_cont=True, order=1, maskmode='list')",),
    ("defintent('a.ms', intent='X#Y', mode='set', outputvis='a.ms')",),
    ("gencal('a.ms', 'o.cal', caltype='opac', parameter=[0.1])",),
)


class Lab:
    """Directories with observations, tables and images, and CASA's tasks to run there."""

    def __init__(self) -> None:
        import casatasks  # noqa: PLC0415 - only once the paths are settled
        import casatools  # noqa: PLC0415

        self.tasks = casatasks
        self.names = {name: getattr(casatasks, name) for name in dir(casatasks)}
        self.names["IMAGE"] = str(DATA / "demo" / "Images" / "test_image.fits")
        self.home = Path.cwd()
        self._make(casatools)

    def _make(self, casatools: Any) -> None:
        base = self.home / "base"
        base.mkdir()
        os.chdir(base)
        shutil.copy(DATA / "demo" / "3C273XC1.fits", "a.uvfits")
        self.run("importuvfits('a.uvfits', 'a.whole')")
        self.run("split('a.whole', 'a.ms', datacolumn='data', antenna='1~7&1~7')")
        shutil.rmtree("a.whole")
        self.run("importuvfits(DEMO, 'line.whole')", DEMO=str(DATA / "demo" / "NGC5921.fits"))
        selected = "scan='1,2', spw='0:20~27', antenna='1~6&&1~6', datacolumn='data'"
        self.run(f"split('line.whole', 'line.ms', {selected})")
        self.run("split('a.ms', 'b.ms', datacolumn='data', antenna='1~5')")
        shutil.rmtree("line.whole")
        self.run("gaincal('a.ms', 'g.cal', solint='300s')")
        self.run("gaincal('line.ms', 'two.cal')")
        self.run("importfits(IMAGE, 'a.im')")
        self.run("imsubimage('a.im', 'b.im', box='2,2,9,9')")
        image = casatools.image()
        image.fromshape("cube.im", [8, 8, 1, 12])
        image.putchunk(image.getchunk() + 1)
        image.done()
        shutil.copytree("cube.im", "deep/cube.im")
        Path("library.txt").write_text("caltable='two.cal' tinterp='linear'\n", encoding="utf-8")
        outlier = "imagename=out\nimsize=[32,32]\nphasecenter=J2000 13h31m08 +30d40m00\n"
        Path("outliers.txt").write_text(outlier, encoding="utf-8")

    def run(self, call: str, **more: Any) -> Any:
        return eval(call, {**self.names, **more})

    def fresh(self, *calls: str) -> None:
        """Go to a new directory with the calls' inputs; its path is always the same."""
        os.chdir(self.home)
        shutil.rmtree("case", ignore_errors=True)
        Path("case").mkdir()
        for each in Path("base").iterdir():
            # The library of calibration names this table.
            if each.name == "two.cal" or any(each.name in call for call in calls):
                copy = shutil.copytree if each.is_dir() else shutil.copy
                copy(each, Path("case", each.name))
        os.chdir("case")


def contents(directory: Path) -> dict[str, bytes]:
    """Return what counts of every file below a directory."""
    return {
        str(file.relative_to(directory)): DATED.sub(b"", file.read_bytes())
        for file in sorted(directory.rglob("*"))
        if file.is_file() and not NOISE.search(str(file.relative_to(directory)))
    }


def uses(lab: Lab, call: str) -> dict[Path, str]:
    """Return the uses of the paths that a call's request names; families by each of their names."""
    from recompute.access import request  # noqa: PLC0415 - after CASA's configuration

    task, _, arguments = call.partition("(")
    signature = inspect.signature(getattr(lab.tasks, task))
    bound = eval(f"bind({arguments}", {**lab.names, "bind": signature.bind})
    asked = request(task, bound.arguments, signature=signature, cwd=Path.cwd(), versions={})
    assert not asked.why_not, asked.why_not
    return {
        Path(f"{touch.path}{ending}"): str(touch.use)
        for touch in asked.touches
        for ending in touch.family or ("",)
    }


def refusal(lab: Lab, case: Case) -> str:
    """Return what is wrong if a case's outputs are there a second time."""
    lab.run(case.call)
    made = [each for each, use in uses(lab, case.call).items() if use == "create" and each.exists()]
    if not made:
        return "no output that it creates is there"
    before = contents(Path.cwd())
    try:
        lab.run(case.call)
    except Exception:  # noqa: BLE001 - every task has its own
        return "" if contents(Path.cwd()) == before else "refused, but changed files"
    return "was not refused"


def replacement(lab: Lab, case: Case) -> str:
    """Return what is wrong if a case's outputs are there, made by another call."""
    lab.run(case.call)
    expected = contents(Path.cwd())
    written = [str(each) for each, use in uses(lab, case.call).items() if use == "write"]
    if not any(Path(each).exists() for each in written):
        return "no output that it writes is there"
    lab.fresh(case.call, case.other)
    lab.run(case.other)
    if contents(Path.cwd()) == expected:
        return "the other call makes the same"
    lab.run(case.call)
    found = contents(Path.cwd())
    differing = {
        each for each in found.keys() | expected.keys() if found.get(each) != expected.get(each)
    }
    return f"{sorted(differing)[:5]} are not as without an output" if differing else ""


def conformity(lab: Lab, calls: tuple[str, ...]) -> str:
    """Return what calls did beside their declarations."""
    watched = dict(lab.names)
    watch(watched)
    COMPLAINTS.clear()
    for call in calls:
        eval(call, watched)
    return "\n".join(COMPLAINTS)


def main() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415

    from casa_kernel import site  # noqa: PLC0415

    site.apply(site.prepare(datetime.now(UTC)), "/dev/null")
    report = Path(sys.argv[1]).absolute()
    lab = Lab()
    wrong: dict[str, str] = {}
    for case in (*REFUSED, *REPLACED):
        lab.fresh(case.call, case.other)
        try:
            wrong[case.call] = (refusal if case in REFUSED else replacement)(lab, case)
        except Exception:  # noqa: BLE001 - reported for its case
            wrong[case.call] = traceback.format_exc(limit=-2)
    for calls in DECLARED:
        lab.fresh(*calls)
        try:
            wrong[calls[0]] = conformity(lab, calls)
        except Exception:  # noqa: BLE001 - reported for its case
            wrong[calls[0]] = traceback.format_exc(limit=-2)
    report.write_text(json.dumps(wrong), encoding="utf-8")


if __name__ == "__main__":
    main()
