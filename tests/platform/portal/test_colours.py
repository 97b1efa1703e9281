import re

import pytest
from casahub.portal.site import STATIC

TEXT = [
    *((colour, ground) for colour in ("ink", "soft") for ground in ("paper", "card", "sunk")),
    *((colour, ground) for colour in ("link", "good", "busy") for ground in ("paper", "card")),
    *((colour, f"{colour}-ground") for colour in ("good", "busy", "bad")),
    ("on-act", "act"),
    ("on-act", "act-hover"),
]
MARKS = [("edge", "paper"), ("edge", "card"), ("focus", "paper"), ("focus", "card")]
MARKS += [(colour, ground) for colour in ("edge", "focus") for ground in ("busy-ground", "sunk")]


def palettes() -> dict[str, dict[str, str]]:
    light, dark = (STATIC / "colours.css").read_text().split("@media (prefers-color-scheme: dark)")
    found = re.compile(r"--([a-z-]+): (#[0-9a-f]{6})")
    return {"light": dict(found.findall(light)), "dark": dict(found.findall(dark))}


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("colour", "ground", "least"), [(*pair, 4.5) for pair in TEXT] + [(*pair, 3) for pair in MARKS]
)
def test_colours_have_the_contrast_of_wcag_aa(
    scheme: str, colour: str, ground: str, least: float
) -> None:
    palette = palettes()[scheme]
    assert contrast(palette[colour], palette[ground]) >= least
