"""Accounts that sessions run as, and homes that are theirs."""

import os
import pwd
from pathlib import Path

import pytest
from casahub_spawner.accounts import Account, AccountError, account_of, ensure_owned

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
OURS = pwd.getpwuid(os.geteuid())


def test_a_session_runs_as_the_owner_of_the_files(tmp_path: Path) -> None:
    assert account_of(None, tmp_path.stat()) == Account(OURS.pw_name, OURS.pw_uid, OURS.pw_gid)


def test_a_person_without_an_account_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="has no account 'nobody at all'"):
        account_of("nobody at all", tmp_path.stat())


@as_root
def test_an_account_needs_a_name(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, -1)
    with pytest.raises(AccountError, match="sudo useradd --uid 54321"):
        account_of(None, tmp_path.stat())


@as_root
def test_a_person_has_to_be_let_in(tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="'www-data' may not write to the workspace"):
        account_of("www-data", tmp_path.stat())
    os.chown(tmp_path, -1, pwd.getpwnam("www-data").pw_gid)
    tmp_path.chmod(0o770)
    assert account_of("www-data", tmp_path.stat()).name == "www-data"


def test_what_is_made_in_a_home_is_its_owners_only(tmp_path: Path) -> None:
    ensure_owned(tmp_path, "a/b", Account(OURS.pw_name, OURS.pw_uid, OURS.pw_gid))
    ensure_owned(tmp_path, "a/b", Account(OURS.pw_name, OURS.pw_uid, OURS.pw_gid))
    assert Path(tmp_path, "a", "b").stat().st_mode & 0o777 == 0o700


@as_root
def test_a_link_in_a_home_is_replaced_and_never_followed(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    (home / "a").symlink_to(elsewhere)
    ensure_owned(home, "a/b", Account("www-data", 33, 33))
    assert (home / "a" / "b").is_dir()
    assert not (home / "a").is_symlink()
    assert (elsewhere.stat().st_uid, list(elsewhere.iterdir())) == (0, [])
