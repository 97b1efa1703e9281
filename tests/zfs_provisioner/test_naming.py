import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zfs_provisioner.errors import InvalidNameError, UnknownCheckpointError
from zfs_provisioner.model import CheckpointKind, Owner

from zfs_provisioner import naming

owners = st.text(min_size=1, max_size=200).filter(str.isprintable).map(Owner)


@pytest.mark.parametrize(
    "name", ["", "..", ".hidden", "a/b", "a@b", "A", "two words", "x" * 64, "tab\t", "ü", "-a"]
)
def test_archive_names_that_could_leave_their_place_are_refused(name: str) -> None:
    for parse in (naming.parse_dataset, naming.parse_release):
        with pytest.raises(InvalidNameError) as caught:
            parse(name)
        assert repr(name)[:40] in caught.value.message


@pytest.mark.parametrize("name", ["ngc5921", "2026-01", "n14c3.v2", "3c273_x"])
def test_usual_archive_names_are_accepted(name: str) -> None:
    assert naming.parse_dataset(name) == name


@given(owners)
def test_an_owner_is_one_safe_path_component(owner: Owner) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,60}", naming.owner_directory(owner))


@given(owners, owners)
def test_different_owners_have_different_directories(one: Owner, other: Owner) -> None:
    same = naming.owner_directory(one) == naming.owner_directory(other)
    assert same == (one == other)


@pytest.mark.parametrize("owner", ["", "new\nline", "nul\0", "x" * 300])
def test_unprintable_owners_are_refused(owner: str) -> None:
    with pytest.raises(InvalidNameError):
        naming.parse_owner(owner)


@given(
    st.sampled_from(CheckpointKind),
    st.datetimes(timezones=st.timezones()).filter(lambda moment: 1970 < moment.year < 9990),
    st.integers(1, 10**8),
)
def test_a_checkpoint_name_holds_its_metadata(
    kind: CheckpointKind, moment: datetime, number: int
) -> None:
    name = naming.format_checkpoint(kind, moment, number)
    parsed = naming.parse_checkpoint(name)
    assert (parsed.name, parsed.kind) == (name, kind)
    assert parsed.created == moment.replace(microsecond=0, fold=moment.fold).astimezone(
        parsed.created.tzinfo
    )
    assert naming.checkpoint_number(parsed) == number


@pytest.mark.parametrize("text", ["", "user", "user-20260102T030405Z-0", "user-20269902T030405Z-1"])
def test_other_texts_are_no_checkpoints(text: str) -> None:
    with pytest.raises(UnknownCheckpointError):
        naming.parse_checkpoint(text)


def test_a_workspace_id_is_brought_into_one_form() -> None:
    canonical = "0f5f2f2e-9d2f-4f65-9b0c-0a4f5b8f9a11"
    assert naming.parse_workspace_id(canonical.upper().replace("-", "")) == canonical
    with pytest.raises(InvalidNameError):
        naming.parse_workspace_id("../../etc")
