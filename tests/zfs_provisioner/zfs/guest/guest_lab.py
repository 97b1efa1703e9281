"""The guest itself: it has what was asked for."""

import os
import subprocess


def test_the_commands_and_the_module_are_of_the_version_that_was_asked_for() -> None:
    asked = os.environ["OPENZFS"]
    answer = subprocess.run(["zfs", "version"], check=True, capture_output=True, text=True)
    commands, module = answer.stdout.splitlines()
    assert commands.startswith(f"zfs-{asked}.")
    assert module.startswith(f"zfs-kmod-{asked}.")
