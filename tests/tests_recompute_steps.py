"""Steps as the engine would record them, made by hand, and a VLA reduction made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from blake3 import blake3
from hypothesis import strategies as st
from recompute.model import ABSENT, Change, Json, Key, Place, StateId, Step, Use, Verdict

BEGIN: Final = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
VERSIONS: Final = {"casatasks": "6.7.0.31", "casadata": "2025.9.22"}
IMAGES: Final = (".image", ".model", ".pb", ".psf", ".residual", ".sumwt")
MS_SIZE: Final = 4_700_000


def state(*of: object) -> StateId:
    return StateId(blake3(repr(of).encode()).hexdigest())


@dataclass
class Desk:
    """Somebody who runs tasks one after the other, on files whose states follow from it."""

    pipeline: str = "/home/ann/3c391/vla.py"
    run: str = "r1"
    place: str = "/home/ann/3c391"
    files: dict[str, StateId] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    known: dict[Key, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=lambda: VERSIONS)
    clock: datetime = BEGIN
    number: int = 0
    executions: int = 0
    cells: dict[str, str] = field(default_factory=dict)

    def path(self, name: str) -> str:
        return name if name.startswith("/") else f"{self.place}/{name}"

    def found(self, name: str) -> StateId:
        return self.files.get(self.path(name), ABSENT)

    def put(self, name: str, content: object) -> None:
        """Put something at a path, as an import or a shell does."""
        self.files[self.path(name)] = state("outside", name, content)

    def again(self, run: str, files: Mapping[str, StateId] | None = None) -> None:
        """Begin a new run, with the files as they were given."""
        self.run, self.number = run, 0
        self.execute()
        self.clock += timedelta(hours=1)
        if files is not None:
            self.files = dict(files)

    def execute(self) -> None:
        """Begin another execution, of the same cell or the script."""
        self.executions += 1

    def do(
        self,
        task: str,
        *,
        read: Mapping[str, str] | None = None,
        update: Mapping[str, str] | None = None,
        write: Mapping[str, str] | None = None,
        cell: str = "",
        cost: float = 1.0,
        stored: int = 0,
        size: int = 40_000,
        fails: bool = False,
        **parameters: Json,
    ) -> Step:
        """Do a task; slots are mapped to paths; what it has done before is cached."""
        uses = [(Use.READ, read), (Use.UPDATE, update), (Use.WRITE, write)]
        touched = [(use, slot, name) for use, given in uses for slot, name in (given or {}).items()]
        depends = [self.found(name) for use, _, name in touched if use.depends]
        words = sorted(parameters.items())
        key = Key(state(task, words, depends, sorted(self.versions.items())))
        changes = []
        for use, slot, name in touched:
            before = self.found(name)
            after = state(key, slot) if use.writes and not fails else before
            if use.writes and not fails:
                self.files[self.path(name)] = after
            changes.append(
                Change(
                    name=slot, path=self.path(name), use=use, before=before, after=after, size=size
                )
            )
        if self.cells.get(self.run, cell) != cell:
            self.execute()
        self.cells[self.run] = cell
        self.number += 1
        cached = key in self.known
        step = Step(
            run=self.run,
            number=self.number,
            place=Place(self.pipeline, cell),
            execution=f"{self.run}/{cell}/{self.executions}",
            task=task,
            key=key,
            parameters={
                **{slot: name for _, slot, name in touched if "." not in slot and "+" not in slot},
                **parameters,
            },
            versions=self.versions,
            changes=tuple(changes),
            verdict=Verdict.FAILED if fails else Verdict.CACHED if cached else Verdict.COMPUTED,
            started=self.clock,
            seconds=0.02 if cached else cost,
            cost=cost,
            stored=0 if cached or fails else stored,
            why="RuntimeError: no solutions" if fails else "",
        )
        self.known[key] = cost
        self.clock += timedelta(seconds=step.seconds + 1)
        self.steps.append(step)
        return step

    def family(self, name: str) -> dict[str, str]:
        return {f"imagename{ending}": f"{name}{ending}" for ending in IMAGES}


def vla(desk: Desk, cells: bool = False, **changed: Any) -> None:
    """Do the 13-step VLA reduction that is measured elsewhere; parameters by ``task_parameter``."""
    ms = {"vis": "data.ms"}

    def given(name: str, default: Json) -> Json:
        return changed.get(name, default)

    def cell(name: str) -> str:
        return name if cells else ""

    if desk.found("data.ms") == ABSENT:
        desk.put("data.ms", 1)
    desk.do("listobs", read=ms, write={"listfile": "listobs.txt"}, cell=cell("a"), cost=0.3)
    desk.do(
        "flagdata",
        update={**ms, "vis+.flagversions": "data.ms.flagversions"},
        cell=cell("b"),
        mode=given("flagdata_mode", "tfcrop"),
        datacolumn="DATA",
        cost=2.4,
        stored=840_000,
        size=MS_SIZE,
    )
    desk.do(
        "setjy",
        update=ms,
        cell=cell("b"),
        field="FRINGE",
        fluxdensity=[14.7, 0, 0, 0],
        cost=0.4,
        stored=80_000,
        size=MS_SIZE,
    )
    desk.do(
        "gaincal",
        read=ms,
        write={"caltable": "G0"},
        cell=cell("c"),
        field="FRINGE",
        calmode="p",
        solint=given("gaincal_solint", "int"),
        cost=4.1,
        stored=90_000,
    )
    desk.do(
        "bandpass",
        read={**ms, "gaintable[0]": "G0"},
        write={"caltable": "B0"},
        cell=cell("d"),
        solint="inf",
        combine="scan",
        cost=1.9,
        stored=60_000,
    )
    desk.do(
        "gaincal",
        read={**ms, "gaintable[0]": "B0"},
        write={"caltable": "G1"},
        cell=cell("e"),
        field="FRINGE,PHCAL",
        calmode="ap",
        solint="60s",
        cost=3.2,
        stored=90_000,
    )
    desk.do(
        "fluxscale",
        read={**ms, "caltable": "G1"},
        write={"fluxtable": "F1"},
        cell=cell("e"),
        reference="FRINGE",
        transfer="PHCAL",
        cost=0.3,
        stored=90_000,
    )
    desk.do(
        "applycal",
        read={"gaintable[0]": "F1", "gaintable[1]": "B0"},
        update=ms,
        cell=cell("f"),
        interp=given("applycal_interp", ["linear", "nearest"]),
        cost=5.5,
        stored=4_700_000,
        size=2 * MS_SIZE,
    )
    desk.do(
        "split",
        read=ms,
        write={"outputvis": "target.ms"},
        cell=cell("g"),
        datacolumn="corrected",
        width=8,
        cost=1.2,
        stored=1_200_000,
        size=1_200_000,
    )
    target = {"vis": "target.ms"}
    desk.do(
        "tclean",
        read=target,
        write=desk.family("dirty"),
        cell=cell("h"),
        niter=0,
        cost=6.0,
        weighting="natural",
        stored=400_000,
    )
    desk.do(
        "tclean",
        read=target,
        write=desk.family("img"),
        cell=cell("i"),
        niter=given("tclean_niter", 300),
        weighting="briggs",
        robust=0.5,
        threshold="3mJy",
        cost=39.6,
        stored=400_000,
    )
    desk.do("imstat", read={"imagename": "img.image"}, cell=cell("j"), cost=0.2)
    desk.do(
        "exportfits",
        read={"imagename": "img.image"},
        write={"fitsimage": "img.fits"},
        cell=cell("k"),
        overwrite=True,
        cost=0.1,
        stored=68_000,
        size=68_000,
    )


def unmemoised(step: Step, why: str) -> Step:
    return replace(step, verdict=Verdict.UNMEMOISED, why=why)


def vla_twice(**changed: Any) -> list[Step]:
    """Run the reduction from its top, change something, and run it from its top again."""
    desk = Desk()
    desk.put("data.ms", 1)
    raw = dict(desk.files)
    vla(desk)
    desk.again("r2", raw)
    vla(desk, **changed)
    return desk.steps


NAMES: Final = st.sampled_from(
    [
        "x.ms",
        "G 0",
        "img.image",
        "<script>alert(1)</script>",
        '"><b>',
        "a&b",
        "ü\n]]>",
        "\udcff\x00",
        "…/'",
    ]
)
TASKS: Final = st.sampled_from(["gaincal", "tclean", "<img src=x>", "split", "a]:b"])
VALUES: Final = st.one_of(
    NAMES, st.integers(), st.floats(allow_nan=False), st.lists(NAMES), st.none()
)


@st.composite
def steps_of(draw: st.DrawFn) -> list[Step]:
    """Make what somebody may do in any order, in a script or in cells, with unpleasant names."""
    desk = Desk(pipeline="/p/<i>.ipynb")
    cells = ["", "a", "b", "c"] if draw(st.booleans()) else [""]
    slots = {"vis": NAMES, "caltable": NAMES, "imagename.image": NAMES}
    for n in range(draw(st.integers(0, 12))):
        if draw(st.integers(0, 5)) == 0:
            desk.again(f"r{n}", {} if draw(st.booleans()) else None)
        if draw(st.booleans()):
            desk.put(draw(NAMES), n)
        uses: dict[str, dict[str, str]] = {"read": {}, "update": {}, "write": {}}
        for slot, names in slots.items():
            if draw(st.booleans()):
                uses[draw(st.sampled_from(sorted(uses)))][slot] = draw(names)
        desk.do(
            draw(TASKS),
            read=uses["read"],
            update=uses["update"],
            write=uses["write"],
            cell=draw(st.sampled_from(cells)),
            fails=draw(st.integers(0, 9)) == 0,
            **{"<p>": draw(VALUES)},  # type: ignore[arg-type]
        )
    return desk.steps
