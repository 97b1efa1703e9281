"""The end of a process, told by the kernel at the moment it happens."""

import asyncio
import os
import signal


async def process_ended(pid: int) -> None:
    """Return when the process ended; at once when there is none. It need not be our child."""
    try:
        file = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(file, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(file)
        os.close(file)


def describe_end(status: int | None) -> str:
    """Return what a status says, as the end of a sentence; a container's 137 is a signal, too."""
    number = -status if status is not None and status < 0 else (status or 0) - 128
    if number in set(signal.Signals):
        return f"was ended by {signal.Signals(number).name}"
    return f"ended with status {status}" if status else "ended"
