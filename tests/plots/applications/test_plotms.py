import io
import os
from pathlib import Path

import numpy as np
import pytest
from casa_plots.applications.process import Application
from casa_plots.casaplotms import plotms, text_export
from casa_plots.errors import ApplicationError, FileInTheWayError, InvalidParameterError
from casa_plots.picture import Looking, Size, View
from casacore.tables import table, taql
from numpy.typing import NDArray
from PIL import Image

STARTS = {"pdf": b"%PDF-", "ps": b"%!PS", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG"}


def seen(view: View) -> NDArray[np.uint8]:
    """Pixels of a view, red, green and blue."""
    return np.asarray(Image.open(io.BytesIO(view.draw(Looking()).content)).convert("RGB"))


def test_a_plot_is_a_picture_in_the_size_asked_for(
    casaplotms: Application, observation: Path
) -> None:
    pages = plotms({"vis": str(observation)}, Size(5, 4, 80), casaplotms)
    assert len(pages.views) == 1
    assert pages.engine == "casaplotms 2.9.1"
    drawn = pages.views[0].draw(Looking())
    assert drawn.size == (400, 320)
    assert "amp against time of 3c273.ms" in drawn.alternative
    blue = np.all(seen(pages.views[0]) == (0, 0, 255), axis=2).sum()
    assert 100 < blue < 400 * 320 / 2


def test_other_data_are_another_picture(casaplotms: Application, observation: Path) -> None:
    asked = {"vis": str(observation), "xaxis": "uvdist", "plotrange": [0, 4000, 0, 40]}
    one, other = (
        seen(plotms({**asked, "antenna": name}, None, casaplotms).views[0])
        for name in ("1&2", "1&3")
    )
    assert one.shape == other.shape == (600, 800, 3)
    assert (one != other).any()


def test_iterations_are_pages_in_order(casaplotms: Application, observation: Path) -> None:
    pages = plotms(
        {"vis": str(observation), "iteraxis": "antenna", "antenna": "1&2~3"}, None, casaplotms
    )
    assert len(pages.views) == 3
    assert len({seen(view).tobytes() for view in pages.views}) == 3
    titles = [view.title for view in pages.views]
    names = table(str(observation / "ANTENNA"), ack=False).getcol("NAME")[:3]
    assert all(name in title for name, title in zip(names, titles, strict=True))


def test_the_text_has_the_values_of_the_table(casaplotms: Application, observation: Path) -> None:
    text = text_export({"vis": str(observation), "xaxis": "uvdist", "antenna": "1&2"}, casaplotms)
    points = np.array(
        [line.split()[:2] for line in text.splitlines() if not line.startswith("#")], dtype=float
    )
    rows = taql(
        "select DATA, FLAG, UVW from $1 where ANTENNA1==0 and ANTENNA2==1",
        tables=[table(str(observation), ack=False)],
    )
    good = ~rows.getcol("FLAG")
    amplitude = np.abs(rows.getcol("DATA"))[good]
    length = np.hypot(*rows.getcol("UVW")[:, :2].T)
    distance = np.broadcast_to(length[:, None, None], good.shape)[good]
    assert len(amplitude) > 20
    np.testing.assert_allclose(np.sort(points[:, 1]), np.sort(amplitude), rtol=1e-5)
    np.testing.assert_allclose(np.sort(points[:, 0]), np.sort(distance), rtol=1e-5)


@pytest.mark.parametrize("ending", ["pdf", "txt"])
def test_a_plotfile_is_kept_where_it_was_asked_for(
    ending: str,
    casaplotms: Application,
    observation: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = {"vis": os.path.relpath(observation), "antenna": "1&2", "plotfile": f"mine.{ending}"}
    pages = plotms(asked, None, casaplotms)
    mine = tmp_path / f"mine.{ending}"
    assert pages.saved == [str(mine)]
    content = mine.read_bytes()
    assert content.startswith(STARTS.get(ending, b"# file: 3c273.ms"))
    assert list(tmp_path.iterdir()) == [mine]

    mine.write_text("something else")
    with pytest.raises(FileInTheWayError, match=f"mine.{ending}.*overwrite=True"):
        plotms(asked, None, casaplotms)
    assert mine.read_text() == "something else"
    plotms({**asked, "overwrite": True}, None, casaplotms)
    assert mine.read_bytes()[:5] == content[:5]


def test_every_page_of_a_plotfile_is_kept_when_all_were_asked_for(
    casaplotms: Application, observation: Path, tmp_path: Path
) -> None:
    asked = {"vis": str(observation), "iteraxis": "antenna", "antenna": "1&2~3"}
    asked |= {"plotfile": str(tmp_path / "mine.png"), "exprange": "all"}
    pages = plotms(asked, None, casaplotms)
    assert len(pages.saved) == 3
    assert sorted(map(str, tmp_path.iterdir())) == sorted(pages.saved)
    assert all(Path(each).read_bytes().startswith(STARTS["png"]) for each in pages.saved)


def test_plots_stay_from_call_to_call(casaplotms: Application, observation: Path) -> None:
    one = {"vis": str(observation), "antenna": "1&2", "gridrows": 2}
    alone = seen(plotms(one, None, casaplotms).views[0])
    both = seen(
        plotms(
            {**one, "antenna": "1&3", "plotindex": 1, "rowindex": 1, "clearplots": False},
            None,
            casaplotms,
        ).views[0]
    )
    half = alone.shape[0] // 2
    below = (alone[half:] != both[half:]).any(axis=2).mean()
    assert below > 0.01
    assert np.all(both[:half] == (0, 0, 255), axis=2).sum() > 20


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"xaxis": "nonsense"}, InvalidParameterError, "xaxis='nonsense'.*'uvdist'"),
        ({"gridrows": "two"}, InvalidParameterError, "gridrows='two' is of the wrong type"),
        ({"nosuch": 1}, InvalidParameterError, "plotms has no parameter nosuch"),
        ({"avgtime": "long"}, InvalidParameterError, "avgtime value must be numerical"),
        ({"field": "nosuch"}, ApplicationError, 'No match found for name "nosuch"'),
        ({"vis": "nosuch.ms"}, ApplicationError, "not found:\n.*nosuch.ms"),
        ({"vis": ""}, InvalidParameterError, "Neither vis nor caltable"),
        ({"plotfile": "mine.bmp"}, InvalidParameterError, r"mine.bmp.*\.pdf"),
        ({"plotfile": "no/such/mine.png"}, InvalidParameterError, "no/such is no directory"),
        ({"title": object()}, InvalidParameterError, "title=<object"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    asked: dict[str, object],
    error: type[Exception],
    words: str,
    casaplotms: Application,
    observation: Path,
) -> None:
    with pytest.raises(error, match=f"(?s){words}"):
        plotms({"vis": str(observation), **asked}, None, casaplotms)


def test_a_missing_column_is_noted(casaplotms: Application, observation: Path) -> None:
    pages = plotms({"vis": str(observation), "ydatacolumn": "corrected"}, None, casaplotms)
    assert any("CORRECTED_DATA" in note for note in pages.notes)
