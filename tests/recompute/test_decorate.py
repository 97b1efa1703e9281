"""Users' functions as steps: what is asked of a session, and when."""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from recompute import active
from recompute.decorate import family, step
from recompute.errors import DeclarationError, FingerprintError
from recompute.model import Outcome, Request, Touch, Use


@dataclass
class Session:
    """Keeps outcomes in memory, and looks at no file."""

    requests: list[Request] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    computed: list[str] = field(default_factory=list)
    is_inside: bool = False

    def call(self, request: Request, run: Callable[[], Outcome]) -> Any:
        self.requests.append(request)
        key = repr((request.task, request.parameters, dict(request.versions)))
        if key not in self.outcomes:
            self.is_inside = True
            try:
                self.outcomes[key] = run()
            finally:
                self.is_inside = False
            self.computed.append(request.task)
        return SimpleNamespace(outcome=self.outcomes[key], notes=())

    @property
    def touches(self) -> list[tuple[str, str, Use]]:
        return [(each.slot, each.path.name, each.use) for each in self.requests[-1].touches]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.chdir(tmp_path)
    opened: Any = Session()
    active.activate(opened)
    yield opened
    active.activate(None)


def scaled(vis: str, factor: float = 2.0, *, out: str = "") -> float:
    """Scale."""
    return factor * len(vis) + len(out)


def test_it_is_the_plain_function_without_a_session() -> None:
    decorated = step(reads="vis", writes="out")(scaled)
    assert decorated("a.ms", 3.0) == 12.0
    assert (decorated.__name__, decorated.__doc__) == ("scaled", "Scale.")
    assert inspect.signature(decorated) == inspect.signature(scaled)


def test_equal_calls_are_computed_once(session: Session) -> None:
    decorated = step(reads="vis", writes="out")(scaled)
    calls = [
        decorated("a.ms"),
        decorated(vis="a.ms", factor=2.0),
        decorated("./b/../a.ms"),
        decorated(str(Path.cwd() / "a.ms")),
        decorated(Path("a.ms")),  # type: ignore[arg-type]
    ]
    assert calls == [8.0] * 5
    assert session.computed == ["scaled"]
    decorated("a.ms", 3.0)
    decorated("c.ms")
    assert session.computed == ["scaled"] * 3


def test_parameters_say_which_paths_are_touched(session: Session) -> None:
    def plot(vis: str, tables: list[str], out: str, extra: str | None = None) -> None:
        pass

    step(reads=["vis", "tables", "extra"], update="out", writes=["{vis}.png", "./log.txt"])(plot)(
        "a.ms", ["g.cal", "b.cal"], "c.ms"
    )
    assert session.requests[0].task.endswith("plot")
    assert session.touches == [
        ("vis", "a.ms", Use.READ),
        ("tables[0]", "g.cal", Use.READ),
        ("tables[1]", "b.cal", Use.READ),
        ("out", "c.ms", Use.UPDATE),
        ("{vis}.png", "a.ms.png", Use.WRITE),
        ("./log.txt", "log.txt", Use.WRITE),
    ]
    assert all(each.path.is_absolute() for each in session.requests[0].touches)


def test_a_function_of_the_arguments_says_which_paths_are_touched(session: Session) -> None:
    def plot(vis: str, count: int = 2) -> None:
        pass

    def pages(vis: str, count: int) -> list[str]:
        return [f"{vis}-{number}.png" for number in range(count)]

    step(writes=pages)(plot)("a")
    assert session.touches == [
        ("writes(0)[0]", "a-0.png", Use.WRITE),
        ("writes(0)[1]", "a-1.png", Use.WRITE),
    ]


def test_a_family_is_all_that_begins_alike(session: Session) -> None:
    def image(name: str) -> None:
        pass

    step(writes=family("name", ".image", ".psf"))(image)("x/../m31")
    assert session.requests[0].touches == (
        Touch("name", Path.cwd() / "m31", Use.WRITE, (".image", ".psf")),
    )


def test_a_name_that_begins_with_a_tilde_is_the_file_of_that_name(session: Session) -> None:
    step(reads="vis")(scaled)("~a")
    assert session.requests[0].touches[0].path == Path.cwd() / "~a"


def test_a_path_that_was_not_declared_counts_as_read(session: Session) -> None:
    def fit(vis: str, options: dict[str, list[str]], where: str = ".") -> None:
        pass

    decorated = step(reads="vis")(fit)
    decorated("a.ms", {"mask": ["m.txt"]})
    assert session.touches == [("vis", "a.ms", Use.READ)]
    Path("m.txt").touch()
    decorated("a.ms", {"mask": ["m.txt"]})
    assert session.touches[1:] == [("options['mask'][0]", "m.txt", Use.READ)]


def test_a_changed_function_is_computed_again(session: Session) -> None:
    def made(number: int) -> Callable[[], int]:
        @step()
        def give() -> int:
            return number

        return give

    assert [made(1)(), made(1)(), made(2)()] == [1, 1, 2]
    assert session.computed == ["give", "give"]
    versions = session.requests[0].versions
    assert {"code", "python"} < set(versions)


def test_a_version_stands_for_the_code(session: Session) -> None:
    def made(number: int, version: str) -> Callable[[], int]:
        @step(version=version, name="mine")
        def give() -> int:
            return number + int(eval("1"))

        return give

    assert [made(1, "1")(), made(2, "1")(), made(2, "2")()] == [2, 2, 3]
    assert session.computed == ["mine", "mine"]
    with pytest.raises(FingerprintError, match="eval in give"):
        step()(inspect.unwrap(made(1, "1")))()


def test_steps_inside_a_step_are_a_part_of_it(session: Session) -> None:
    @step()
    def inner(x: int) -> int:
        return x + 1

    @step()
    def outer(x: int) -> int:
        return inner(x) + inner(x + 1)

    assert outer(1) == 5
    assert [each.task for each in session.requests] == ["outer"]


def test_an_error_is_the_functions_own(session: Session) -> None:
    @step()
    def fail() -> None:
        raise KeyError("mine")

    for _ in range(2):
        with pytest.raises(KeyError, match="mine"):
            fail()
    with pytest.raises(TypeError, match=r"fail\(\) takes 0 positional arguments"):
        fail(1)  # type: ignore[call-arg]
    assert session.computed == []


def test_an_argument_that_is_changed_is_refused(session: Session) -> None:
    @step()
    def append(values: list[int]) -> None:
        values.append(1)

    with pytest.raises(DeclarationError, match="changed its argument `values`"):
        append([])


def test_arrays_are_arguments_and_objects_are_not(session: Session) -> None:
    @step()
    def total(values: object) -> None:
        pass

    total(np.arange(3))
    with pytest.raises(DeclarationError, match="`values` of step `total` is a list"):
        total([object()])


@pytest.mark.parametrize("value", [1, [2.0], {"a": "b"}])
def test_a_path_has_to_be_one(session: Session, value: object) -> None:
    decorated: Any = step(reads="vis")(scaled)
    with pytest.raises(DeclarationError, match="declared as a path"):
        decorated(value)


def plain() -> None:
    pass


async def waiting() -> None:
    pass


def yielding() -> Iterator[int]:
    yield 1


async def both() -> AsyncIterator[int]:
    yield 1


class Object:
    def method(self) -> None:
        pass

    @staticmethod
    @step()
    def static(x: int) -> int:
        return x + 1


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (waiting, "is asynchronous"),
        (yielding, "yields"),
        (both, "yields"),
        (Object.method, "is a method"),
        (functools.partial(plain), "is no function written in Python"),
        (staticmethod(plain), "below other decorators"),
        (len, "is no function written in Python"),
    ],
)
def test_what_cannot_be_a_step_is_refused(function: Any, why: str) -> None:
    with pytest.raises(DeclarationError, match=why):
        step()(function)


def test_a_static_method_is_a_step(session: Session) -> None:
    assert Object.static(1) == 2
    assert session.computed == ["Object.static"]


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ("viz", r"is no parameter \(there are: vis, factor, out\); write './viz'"),
        ("{viz}.png", "names no parameter `viz`"),
        ("{vis", "is no format string"),
        (3, "is 3: name a parameter"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(declared: Any, why: str) -> None:
    with pytest.raises(DeclarationError, match=why):
        step(reads=[declared])(scaled)


def test_a_family_has_no_wildcards() -> None:
    with pytest.raises(DeclarationError, match="every ending in full"):
        family("vis", ".*")
