"""Values that functions reach: each kind tells one from another, or is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from recompute.code import fingerprint
from recompute.errors import FingerprintError
from tests_recompute_code import Load, loading

PREAMBLE = """
import abc, collections, contextlib, dataclasses, enum, functools, logging, re, typing
from datetime import date
from fractions import Fraction
from pathlib import Path
import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from scipy.special import erf, jv


def twice(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args), function(*args)
    return wrapper


def times(number):
    def decorate(function):
        def wrapper(*args):
            return [function(*args) for _ in range(number)]
        return wrapper
    return decorate


class Plain:
    def __init__(self, value):
        self.value = value


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


@dataclasses.dataclass(frozen=True, slots=True)
class Data:
    value: int
    other: list = dataclasses.field(default_factory=list)


class Pair(typing.NamedTuple):
    left: int
    right: int = 2

    def sum(self):
        return self.left + self.right


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Base(abc.ABC):
    @property
    def name(self):
        return "base"

    @functools.cached_property
    def long(self):
        return 1

    @classmethod
    def make(cls):
        return cls()

    @staticmethod
    def plain():
        return 1


class Special(Base, dict):
    pass


@functools.singledispatch
def show(value):
    return "anything"


@show.register
def _(value: int):
    return "int"


@contextlib.contextmanager
def managed():
    yield 1
"""
DIFFERENT = [
    ("1", "True"),
    ("0.0", "-0.0"),
    ("'a'", "b'a'"),
    ("(1, 2)", "[1, 2]"),
    ("{1: 2, 3: 4}", "{3: 4, 1: 2}"),
    ("{Plain, Data}", "{Plain, Slotted}"),
    ("np.zeros(3)", "np.zeros(3, 'f4')"),
    ("np.zeros((2, 3))", "np.zeros((3, 2))"),
    ("np.zeros(1, [('a', 'i4')])", "np.zeros(1, [('b', 'i4')])"),
    ("np.array([Plain(1)])", "np.array([Plain(2)])"),
    ("1.4 * u.GHz", "1.4 * u.MHz"),
    ("u.Jy", "u.K"),
    ("re.compile('a')", "re.compile('a', re.I)"),
    ("Fraction(1, 3)", "Fraction(2, 3)"),
    ("Path('a')", "Path('b')"),
    ("date(2026, 1, 2)", "date(2026, 1, 3)"),
    ("Plain(1)", "Plain(2)"),
    ("Plain(1)", "Slotted(1)"),
    ("Slotted(1)", "Slotted(2)"),
    ("Data(1)", "Data(2)"),
    ("Data(1)", "Data(1, [2])"),
    ("Pair(1)", "Pair(1, 3)"),
    ("Pair", "Data"),
    ("Colour.RED", "Colour.BLUE"),
    ("Special(a=1)", "Special(a=2)"),
    ("Plain(1).__init__", "Plain(2).__init__"),
    ("[].append", "[1].append"),
    ("str.upper", "str.lower"),
    ("len", "max"),
    ("np.sin", "np.cos"),
    ("erf", "jv"),
    ("functools.partial(len, [1])", "functools.partial(len, [2])"),
    ("lambda x: x + 1", "lambda x: x - 1"),
    ("[lambda x: x + 1, lambda x: x]", "[lambda x: x, lambda x: x + 1]"),
    ("twice(lambda: 1)", "twice(lambda: 2)"),
    ("times(2)(len)", "times(3)(len)"),
    ("functools.cache(lambda: 1)", "functools.cache(lambda: 2)"),
    ("list[int]", "list[str]"),
    ("typing.Optional[int]", "typing.Optional[str]"),
    ("collections.OrderedDict(a=1)", "collections.OrderedDict(a=2)"),
    ("collections.defaultdict(list)", "collections.defaultdict(set)"),
    ("collections.deque([1])", "collections.deque([2])"),
    ("logging.getLogger('a')", "logging.getLogger('b')"),
]
EDITS = [
    ("value: int\n", "value: int = 3\n"),
    ("frozen=True", "frozen=False"),
    ("default_factory=list", "default_factory=tuple"),
    ("right: int = 2", "right: int = 3"),
    ("self.left + self.right", "self.left - self.right"),
    ("BLUE = 2", "BLUE = 3"),
    ('"base"', '"other"'),
    ("return 1\n\n    @classmethod", "return 2\n\n    @classmethod"),
    ("return cls()", "return cls"),
    ("plain():\n        return 1", "plain():\n        return 2"),
    ('return "int"', 'return "integer"'),
    ('return "anything"', 'return "something"'),
    ("yield 1", "yield 2"),
    ("return function(*args), function(*args)", "return function(*args)"),
]
USER = """
def step():
    return Data, Pair.sum, Colour, Special, show, managed, twice(len)
"""


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    with loading(tmp_path) as load:
        yield load


def of_value(load: Load, value: str) -> str:
    text = f"{PREAMBLE}\nVALUE = {value}\ndef step():\n    return VALUE\n"
    return fingerprint(load(text).step).digest


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_values_that_are_not_the_same_are_told_apart(load: Load, one: str, other: str) -> None:
    assert of_value(load, one) == of_value(load, one) != of_value(load, other)


@pytest.mark.parametrize(("old", "new"), EDITS)
def test_an_edit_of_a_class_or_a_decorated_function_counts(load: Load, old: str, new: str) -> None:
    assert old in PREAMBLE
    first = fingerprint(load(PREAMBLE + USER).step)
    assert fingerprint(load(PREAMBLE + USER).step) == first
    assert fingerprint(load(PREAMBLE.replace(old, new) + USER).step) != first


def test_use_does_not_change_what_keeps_a_cache(load: Load) -> None:
    text = f"{PREAMBLE}\nkept = functools.cache(len)\ndef step():\n    return show, kept\n"
    module = load(text)
    before = fingerprint(module.step)
    module.show(1)
    module.kept(())
    assert fingerprint(module.step) == before


def test_values_that_contain_themselves_end(load: Load) -> None:
    text = "LOOP = [len]\nLOOP.append(LOOP)\ndef step():\n    return LOOP\n"
    assert fingerprint(load(text).step) == fingerprint(load(text).step)


@pytest.mark.parametrize(
    "value", ["(each for each in [1])", "memoryview(b'')", "{(len,), (max,)}", "{len: open(0)}"]
)
def test_values_that_cannot_be_compared_are_refused(load: Load, value: str) -> None:
    with pytest.raises(FingerprintError, match="VALUE in step"):
        of_value(load, value.replace("open(0)", "open(__file__)"))


@pytest.mark.parametrize(
    "use",
    [
        "import helpers\ndef step():\n    return helpers.used()",
        "import helpers as h\ndef step():\n    return [h.used() for _ in 'a']",
        "from helpers import used\ndef step():\n    return used()",
        "def step():\n    import helpers\n    return helpers.used()",
        "def step():\n    from helpers import used\n    return used()",
        "import helpers\ndef step():\n    return call(helpers)\ndef call(m):\n    return m.used()",
    ],
)
def test_a_module_is_followed_however_it_is_used(load: Load, use: str) -> None:
    helpers = "def used():\n    return NUMBER\nNUMBER = {}\n"
    digests = []
    for number in (1, 1, 2):
        load(helpers.format(number), "helpers")
        digests.append(fingerprint(load(use).step).digest)
    assert digests[0] == digests[1] != digests[2]


def test_what_a_module_has_beside_what_is_used_does_not_count(load: Load) -> None:
    use = "import helpers\ndef step():\n    return helpers.used()"
    helpers = "def used():\n    return 1\n"
    load(helpers, "helpers")
    before = fingerprint(load(use).step)
    load(f"{helpers}\nimport threading\nOTHER = threading.Lock()\n", "helpers")
    assert fingerprint(load(use).step) == before


def test_exchanged_helpers_are_not_the_same(load: Load) -> None:
    text = (
        "def f(x):\n    return x\ndef g(x):\n    return -x\n{}def step(x):\n    return f(x), g(x)"
    )
    one, other = text.format(""), text.format("f, g = g, f\n")
    assert fingerprint(load(one).step) != fingerprint(load(other).step)


def test_a_helper_that_is_not_there_yet_counts_once_it_is(load: Load) -> None:
    module = load("def step():\n    return later()")
    before = fingerprint(module.step)
    exec("def later():\n    return 1", vars(module))
    assert fingerprint(module.step) != before
