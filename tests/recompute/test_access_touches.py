"""What a call reads and writes, by its parameters and by what is there."""

from pathlib import Path
from typing import Any

import pytest
from recompute.access import request
from recompute.model import Touch, Use

READ, WRITE, CREATE, UPDATE = Use.READ, Use.WRITE, Use.CREATE, Use.UPDATE


def touches(cwd: Path, task: str, **parameters: Any) -> tuple[Touch, ...]:
    asked = request(task, parameters, signature=None, cwd=cwd, versions={})
    assert asked.why_not == ""
    return asked.touches


def uses(cwd: Path, task: str, **parameters: Any) -> dict[str, Use]:
    """Return the uses by path relative to the working directory, families by their beginning."""
    return {
        str(each.path.relative_to(cwd)) + ("*" if each.family else ""): each.use
        for each in touches(cwd, task, **parameters)
    }


def refusal(task: str, **parameters: Any) -> str:
    return request(task, parameters, signature=None, cwd=Path("/x"), versions={}).why_not


@pytest.mark.parametrize(
    ("task", "parameters", "expected"),
    [
        ("flagdata", {"mode": "summary"}, {"a": READ}),
        ("flagdata", {"action": ""}, {"a": READ}),
        ("flagdata", {"action": "calculate"}, {"a": READ}),
        ("flagdata", {"action": "", "savepars": True}, {"a": UPDATE}),
        ("flagdata", {}, {"a": UPDATE, "a.flagversions": UPDATE}),
        ("flagdata", {"flagbackup": False}, {"a": UPDATE}),
        (
            "flagdata",
            {"action": "", "savepars": True, "outfile": "c.txt"},
            {"a": READ, "c.txt": UPDATE},
        ),
        ("flagcmd", {"action": "list"}, {"a": READ}),
        ("flagmanager", {"mode": "restore"}, {"a": UPDATE, "a.flagversions": UPDATE}),
        ("flagmanager", {"mode": "save"}, {"a": READ, "a.flagversions": UPDATE}),
        ("statwt", {"preview": True}, {"a": READ}),
        ("statwt", {}, {"a": UPDATE, "a.flagversions": UPDATE}),
        ("gaincal", {"caltable": "g"}, {"a": READ, "g": WRITE}),
        ("gaincal", {"caltable": "g", "append": True}, {"a": READ, "g": UPDATE}),
        (
            "gaincal",
            {"caltable": "g", "gaintable": ["b", "", "k"]},
            {"a": READ, "b": READ, "k": READ, "g": WRITE},
        ),
        ("gencal", {"caltable": "g", "caltype": "amp"}, {"a": READ, "g": UPDATE}),
        ("smoothcal", {"tablein": "g", "caltable": "s"}, {"a": READ, "g": READ, "s": WRITE}),
        ("smoothcal", {"tablein": "g"}, {"a": READ, "g": UPDATE}),
        ("smoothcal", {"tablein": "g", "caltable": "g"}, {"a": READ, "g": UPDATE}),
        ("applycal", {"gaintable": "g"}, {"a": UPDATE, "a.flagversions": UPDATE, "g": READ}),
        ("applycal", {"applymode": "calonly"}, {"a": UPDATE}),
        ("fluxscale", {"caltable": "g", "fluxtable": "f"}, {"a": UPDATE, "g": READ, "f": CREATE}),
        (
            "fluxscale",
            {"caltable": "g", "fluxtable": "f", "append": True},
            {"a": UPDATE, "g": READ, "f": UPDATE},
        ),
        ("setjy", {"listmodels": True}, {"a": READ}),
        ("setjy", {"model": "3C286_L.im"}, {"a": UPDATE}),
        ("split", {"outputvis": "b"}, {"a": READ, "b": CREATE, "b.flagversions": CREATE}),
        ("fixvis", {}, {"a": UPDATE}),
        ("fixvis", {"outputvis": "a"}, {"a": UPDATE}),
        ("fixvis", {"outputvis": "b"}, {"a": READ, "b": WRITE}),
        ("concat", {"vis": ["a", "b"], "concatvis": "c"}, {"a": UPDATE, "b": UPDATE, "c": UPDATE}),
        ("vishead", {"mode": "put"}, {"a": UPDATE}),
        ("vishead", {}, {"a": READ}),
        ("listobs", {"listfile": "l"}, {"a": READ, "l": CREATE}),
        ("listobs", {"listfile": "l", "overwrite": True}, {"a": READ, "l": WRITE}),
        ("listobs", {"listfile": "/dev/null"}, None),
        ("tclean", {"imagename": "i"}, {"a": READ, "i*": UPDATE}),
        ("tclean", {"imagename": "i", "savemodel": "virtual"}, {"a": UPDATE, "i*": UPDATE}),
        ("apparentsens", {}, {"a": READ, "a.apparentsens*": UPDATE}),
    ],
)
def test_uses_by_parameters(
    tmp_path: Path, task: str, parameters: dict[str, Any], expected: dict[str, Use] | None
) -> None:
    parameters = {"vis": "a", **parameters}
    if expected is None:
        assert "for CASA to decide" in refusal(task, **parameters)
    else:
        assert uses(tmp_path, task, **parameters) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, {"a": READ}),
        ({"mode": "put"}, {"a": UPDATE}),
        ({"mode": "del"}, {"a": UPDATE}),
        ({"mode": "LIST"}, {"a": READ}),
    ],
)
def test_imhead_changes_an_image_in_some_modes(
    tmp_path: Path, parameters: dict[str, Any], expected: dict[str, Use]
) -> None:
    assert uses(tmp_path, "imhead", imagename="a", **parameters) == expected


def test_a_region_is_read_only_if_it_is_a_file(tmp_path: Path) -> None:
    ask = {"imagename": "a.im", "region": "r.crtf"}
    assert uses(tmp_path, "imstat", **ask) == {"a.im": READ}
    (tmp_path / "r.crtf").touch()
    assert uses(tmp_path, "imstat", **ask) == {"a.im": READ, "r.crtf": READ}


def test_flag_commands_in_a_list_are_no_files_and_files_are(tmp_path: Path) -> None:
    (tmp_path / "flags.txt").touch()
    found = uses(tmp_path, "flagdata", vis="a", mode="list", inpfile=["antenna='5'", "./flags.txt"])
    assert found == {"a": UPDATE, "a.flagversions": UPDATE, "flags.txt": READ}


def test_images_that_an_expression_mentions_are_read(tmp_path: Path) -> None:
    for name in ("a.im", "odd name.im", "b-c.im"):
        (tmp_path / name).mkdir()
    found = uses(
        tmp_path,
        "immath",
        outfile="o.im",
        expr="'odd name.im' + iif(a.im:mask0 > 0, \"b-c.im\", d.im)",
    )
    assert found == {"a.im": READ, "odd name.im": READ, "b-c.im": READ, "o.im": CREATE}


def test_tables_that_a_calibration_library_names_are_read(tmp_path: Path) -> None:
    (tmp_path / "g.cal").mkdir()
    (tmp_path / "lib.txt").write_text("caltable='g.cal' tinterp='linear'\ncaltable='none.cal'\n")
    found = uses(tmp_path, "applycal", vis="a", docallib=True, callib="lib.txt", flagbackup=False)
    assert found == {"a": UPDATE, "lib.txt": READ, "g.cal": READ}


def test_outlier_fields_are_families_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "mask.im").mkdir()
    (tmp_path / "out.txt").write_text("imagename=out1\nmask=mask.im\n\nimagename = 'out2'\n")
    found = uses(tmp_path, "tclean", vis="a", imagename="i", outlierfile="out.txt")
    assert found == {
        "a": READ,
        "i*": UPDATE,
        "out.txt": READ,
        "mask.im": READ,
        "out1*": UPDATE,
        "out2*": UPDATE,
    }


def test_taylor_terms_are_in_the_family(tmp_path: Path) -> None:
    def endings(**parameters: Any) -> set[str]:
        found = touches(tmp_path, "tclean", vis="a", imagename="i", **parameters)
        (family,) = (each.family for each in found if each.family)
        return set(family)

    assert ".image.tt0" not in endings()
    wide = endings(deconvolver="mtmfs", nterms=2)
    assert {".image.tt1", ".psf.tt2", ".alpha.error", ".image.tt0.pbcor", ".mask"} <= wide
    assert not {".image.tt2", ".psf.tt3", ".workdirectory"} & wide


def test_an_image_that_is_named_beside_its_family_is_left_to_the_family(tmp_path: Path) -> None:
    (tmp_path / "i.mask").mkdir()
    assert uses(tmp_path, "tclean", vis="a", imagename="i", mask="i.mask") == {
        "a": READ,
        "i*": UPDATE,
    }


def test_a_mask_within_an_image_is_a_change_of_the_image(tmp_path: Path) -> None:
    (tmp_path / "a.im").mkdir()
    ask = {"mode": "copy", "inpimage": "a.im", "inpmask": "a.im:mask0", "output": "a.im:mask1"}
    assert uses(tmp_path, "makemask", **ask) == {"a.im": UPDATE}


def test_some_outputs_are_named_after_an_input_but_stand_here(tmp_path: Path) -> None:
    found = uses(tmp_path, "imbaseline", imagename="deep/a.im", linefile="l", output_cont=True)
    assert found == {
        "deep/a.im": READ,
        "l": CREATE,
        "a.im.cont": UPDATE,
        "a.im.ms_blparam.csv": CREATE,
    }


def test_slots_tell_the_parameter_and_what_is_added(tmp_path: Path) -> None:
    found = touches(tmp_path, "applycal", vis="a", gaintable=["g", "b"])
    slots = {each.slot for each in found}
    assert slots == {"vis", "vis+.flagversions", "gaintable[0]", "gaintable[1]"}


def test_an_output_through_a_link_is_where_the_link_leads(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "scratch").symlink_to("disk")
    assert uses(tmp_path, "gaincal", vis="a", caltable="scratch/g") == {"a": READ, "disk/g": WRITE}


@pytest.mark.parametrize(
    ("task", "parameters"),
    [
        ("tclean", {"vis": "a", "imagename": "i", "interactive": True}),
        ("tclean", {"vis": "a", "imagename": "i", "interactive": 2}),
        ("tclean", {"vis": "a", "imagename": "i", "parallel": True}),
        ("tclean", {"vis": "a", "imagename": "i", "restart": False}),
        ("tclean", {"vis": "a", "imagename": "i/"}),
        ("apparentsens", {"vis": "a/"}),
        ("deconvolve", {"imagename": "i", "interactive": True}),
        ("flagdata", {"vis": "a", "display": "both"}),
        ("flagcmd", {"vis": "a", "action": "plot"}),
        ("gaincal", {"vis": "a"}),
        ("gaincal", {"vis": "a", "caltable": "$HOME/g"}),
        ("gencal", {"vis": "a", "caltable": "g", "caltype": "antpos"}),
        ("gencal", {"vis": "a", "caltable": "g", "caltype": "jyperk"}),
        ("virtualconcat", {"vis": ["a", "b"], "concatvis": "c"}),
        ("getephemtable", {}),
        ("rmtables", {"tablenames": ["a*"]}),
        ("clearstat", {}),
        ("listhistory", {"vis": "a"}),
        ("imhead", {"imagename": "a", "mode": "history"}),
        ("specfit", {"imagename": "a", "amp": "amp.im"}),
        ("importasdm", {"asdm": "uid"}),
        ("importnro", {"infile": "n", "outputvis": "a", "parallel": True}),
        ("plotbandpass", {"caltable": "b"}),
        ("predictcomp", {"objname": "Titan"}),
    ],
)
def test_what_cannot_be_memoised_has_a_reason(task: str, parameters: dict[str, Any]) -> None:
    assert len(refusal(task, **parameters)) > len("it is so")
