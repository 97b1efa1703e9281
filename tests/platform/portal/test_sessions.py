from casahub.portal.sessions import (
    SessionState,
    server_of,
    session_for,
    session_for_new,
    state_of,
    without_workspace,
)
from tests_portal import ID, a_server, a_workspace, servers

OTHER = "7d1b2f0e-1111-4222-8333-444455556666"


def test_the_server_that_was_started_for_a_workspace_is_its_own() -> None:
    found = a_workspace(session="old")
    theirs = a_server("old", workspace=OTHER, ready=True)
    mine = a_server("new", workspace=ID, ready=True)
    assert server_of(found, servers(theirs, mine)) == mine


def test_a_server_that_names_no_workspace_belongs_to_who_had_it_last() -> None:
    found = a_workspace(session="ngc-5921")
    assert server_of(found, servers(a_server("ngc-5921", ready=True)))


def test_a_server_that_works_for_another_workspace_is_not_taken_over() -> None:
    found = a_workspace(session="ngc-5921")
    busy = servers(a_server("ngc-5921", workspace=OTHER, ready=True))
    assert server_of(found, busy) is None
    assert session_for(found, busy) == "ngc-5921-2"


def test_a_workspace_starts_again_in_its_session() -> None:
    found = a_workspace("Renamed", session="ngc-5921")
    assert session_for(found, servers(a_server("ngc-5921", workspace=OTHER))) == "ngc-5921"
    assert session_for(found, {}) == "ngc-5921"


def test_a_workspace_that_was_never_open_gets_a_free_name() -> None:
    assert session_for(a_workspace("Ünïque"), servers(a_server("unique"))) == "unique-2"


def test_asking_twice_for_a_new_workspace_means_one_session() -> None:
    before = servers(a_server("ngc-5921", workspace=OTHER))
    first = session_for_new(ID, "NGC 5921", before)
    after = before | servers(a_server(first, workspace=ID, pending="spawn"))
    assert session_for_new(ID, "NGC 5921", after) == first == "ngc-5921-2"


def test_the_state_is_the_servers() -> None:
    assert state_of(None) is SessionState.STOPPED
    assert state_of(a_server("a")) is SessionState.STOPPED
    assert state_of(a_server("a", pending="spawn")) is SessionState.STARTING
    assert state_of(a_server("a", pending="stop", ready=True)) is SessionState.STOPPING
    assert state_of(a_server("a", ready=True)) is SessionState.RUNNING


def test_active_servers_without_a_workspace_are_not_forgotten() -> None:
    mine = a_server("mine", workspace=ID, ready=True)
    coming = a_server("coming", workspace=OTHER, pending="spawn")
    stopped = a_server("stopped")
    assert without_workspace([a_workspace()], servers(mine, coming, stopped)) == [coming]
