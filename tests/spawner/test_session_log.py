from pathlib import Path

from casahub_spawner.session_log import last_lines, open_rotated


def test_each_server_gets_an_empty_log_and_the_one_before_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "session.log"
    for words in (b"first", b"second", b"third"):
        with open_rotated(log) as file:
            file.write(words)
    assert log.read_text() == "third"
    assert (tmp_path / "session.log.1").read_text() == "second"
    assert len(list(tmp_path.iterdir())) == 2


def test_the_last_lines_are_said_in_one(tmp_path: Path) -> None:
    log = tmp_path / "session.log"
    log.write_text("one\n\n  two\nthree\n\x1b[31mfour\x1b[0m\n\n")
    assert last_lines(log) == "two / three / four"


def test_words_that_are_too_many_are_cut_at_their_beginning(tmp_path: Path) -> None:
    log = tmp_path / "session.log"
    log.write_bytes(b"\xff" * 9000 + b" and the end")
    said = last_lines(log)
    assert said.endswith(" and the end")
    assert len(said) == 500


def test_a_server_that_said_nothing_has_no_last_words(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log") == ""
    (tmp_path / "empty.log").touch()
    assert last_lines(tmp_path / "empty.log") == ""
