import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from casa_kernel.simulation import evn
from casa_kernel.vlbi.antab import parse_antab
from casa_kernel.vlbi.errors import VlbiError
from casa_kernel.vlbi.files import append_calibration, read_text


@pytest.fixture
def idi(experiment: evn.Experiment, tmp_path: Path) -> Path:
    """A FITS-IDI file without calibration."""
    return Path(shutil.copy(experiment.idi_files[0], tmp_path))


def append(idi: Path, text: str, *, replace: bool = False) -> None:
    append_calibration(idi, parse_antab(text, "x.antab"), replace=replace)


def test_the_tables_follow_data_that_did_not_change(idi: Path, experiment: evn.Experiment) -> None:
    before = idi.read_bytes()
    append(idi, experiment.antab.read_text())
    assert idi.read_bytes()[: len(before)] == before
    assert [path.name for path in idi.parent.iterdir()] == [idi.name]
    with fits.open(idi) as hdus:
        assert [hdu.name for hdu in hdus[-2:]] == ["SYSTEM_TEMPERATURE", "GAIN_CURVE"]
        for hdu in hdus[-2:]:
            hdu.verify("exception")
            assert (hdu.header["TABREV"], hdu.header["NO_POL"]) == (1, 2)
            assert (hdu.header["NO_BAND"], hdu.header["RDATE"]) == (2, "2024-03-01")


def test_system_temperatures_are_in_the_table(idi: Path) -> None:
    append(
        idi,
        "GAIN EF ELEV DPFU=1.5 POLY=1 /\n"
        "TSYS EF INDEX='R1:2','L2' FT=1.1 /\n061 22:00.00 30 40\n062 00:30.00 -1 50\n/\n"
        "TSYS WB INDEX='L1','R2' /\n061 23:00:00 60 70\n/\nTSYS XX INDEX='R9' /\n061 22:00 1\n/",
    )
    table = fits.getdata(idi, "SYSTEM_TEMPERATURE")
    assert list(table["ANTENNA_NO"]) == [1, 2, 1]
    np.testing.assert_allclose(table["TIME"], [22 / 24, 23 / 24, 24.5 / 24])
    nan = float("nan")
    right, left = [[33.0, 33.0], [nan, 70.0], [nan, nan]], [[nan, 44.0], [60.0, nan], [nan, 55.0]]
    np.testing.assert_allclose(table["TSYS_1"], right)
    np.testing.assert_allclose(table["TSYS_2"], left)
    assert np.isnan(table["TANT_1"]).all()


def test_gain_curves_are_in_the_table(idi: Path) -> None:
    append(
        idi,
        "GAIN EF ELEV DPFU=9 POLY=9 FREQ=8000,9000 /\n"
        "GAIN EF ELEV DPFU=1.5,1.4 POLY=0.9,0.004 FREQ=4000,5000 /\n"
        "GAIN EF ELEV DPFU=1.6 POLY=1 FREQ=5000.1,6000 /\n"
        "GAIN WB ALTAZ DPFU=0.1 POLY=1,2,3 /\nGAIN TR DPFU=9 POLY=9 FREQ=8000,9000 /\n"
        "TSYS EF INDEX='R1' /\n061 22:00 30\n/",
    )
    table = fits.getdata(idi, "GAIN_CURVE")
    assert list(table["ANTENNA_NO"]) == [1, 2]  # none for TR at 5 GHz
    np.testing.assert_array_equal(table["TYPE_1"], 2)
    np.testing.assert_array_equal(table["NTERM_1"], [[2, 1], [3, 3]])
    np.testing.assert_array_equal(table["Y_TYP_1"], [[1, 1], [2, 2]])
    np.testing.assert_allclose(table["SENS_1"], [[1.5, 1.6], [0.1, 0.1]])
    np.testing.assert_allclose(table["SENS_2"], [[1.4, 1.6], [0.1, 0.1]])
    elevation, zenith = [0.9, 0.004, 0.0, 1.0, 0.0, 0.0], [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
    np.testing.assert_allclose(table["GAIN_1"], [elevation, zenith])


def test_tables_are_replaced_only_when_asked(idi: Path, experiment: evn.Experiment) -> None:
    text = experiment.antab.read_text()
    append(idi, text)
    before = idi.read_bytes()
    with pytest.raises(VlbiError, match="has a SYSTEM_TEMPERATURE table already"):
        append(idi, text)
    assert idi.read_bytes() == before
    append(idi, text.replace("DPFU=1.5,1.5", "DPFU=1.7,1.7"), replace=True)
    names = [hdu[1] for hdu in fits.info(idi, output=False)]
    assert len(names) == len(set(names))
    assert fits.getdata(idi, "GAIN_CURVE")["SENS_1"][0, 0] == np.float32(1.7)
    append(idi, text, replace=True)
    assert idi.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("GAIN EF DPFU=1 POLY=1 /", "no system temperature of EF, WB"),
        ("TSYS EF INDEX='R1' /\n061 22:00 30\n/", "no gain curve of EF, WB"),
        ("TSYS EF INDEX='R1:3' /\n061 22:00 30\n/", "INDEX of EF names band 3, the data have 2"),
    ],
)
def test_an_antab_file_of_another_experiment_changes_nothing(
    idi: Path, text: str, reason: str
) -> None:
    before = idi.read_bytes()
    with pytest.raises(VlbiError, match=reason):
        append(idi, text)
    assert idi.read_bytes() == before
    assert [path.name for path in idi.parent.iterdir()] == [idi.name]


def test_what_is_no_fits_idi_file_is_named(tmp_path: Path, experiment: evn.Experiment) -> None:
    text = experiment.antab.read_text()
    image, words = tmp_path / "image.fits", tmp_path / "words.IDI"
    fits.PrimaryHDU(np.zeros((2, 2))).writeto(image)
    words.write_text("no FITS at all")
    for path in (image, words, tmp_path / "missing.IDI"):
        with pytest.raises(VlbiError, match=path.name):
            append(path, text)


def test_packed_text_is_unpacked(tmp_path: Path) -> None:
    packed = tmp_path / "x.antab.gz"
    packed.write_bytes(gzip.compress(b"GAIN EF /"))
    assert read_text(packed) == "GAIN EF /"
    with pytest.raises(VlbiError, match=r"nowhere\.antab"):
        read_text(tmp_path / "nowhere.antab")
