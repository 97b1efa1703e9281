"""Closing the port that ``import casatools`` opens to the world.

CASA starts an unauthenticated gRPC registrar on all interfaces and a random port, whatever its
configuration says. Nothing in a notebook needs it. ``shutdown(2)`` on the listening socket ends it
for good and leaves CASA intact; CASA's own ``ctsys.shutdown()`` would abort the process at exit.
"""

import ipaddress
import os
import socket

import psutil


def is_public(address: str) -> bool:
    """Whether a listener on this address can be reached from another host."""
    return not ipaddress.ip_address(address).is_loopback


def public_listeners() -> dict[tuple[str, int], int]:
    """Return this process's TCP listeners off loopback: (address, port) to file descriptor."""
    connections = psutil.Process().net_connections("tcp")
    return {
        (connection.laddr.ip, connection.laddr.port): connection.fd
        for connection in connections
        if connection.status == psutil.CONN_LISTEN and is_public(connection.laddr.ip)
    }


def close_listeners(before: dict[tuple[str, int], int]) -> list[tuple[str, int]]:
    """Stop the public listeners that are not in ``before``; idempotent.

    Parameters
    ----------
    before : dict
        `public_listeners` from before the import: those are the user's own wish, for example a
        kernel that was told to serve on all interfaces.

    Returns
    -------
    list of (str, int)
        What was closed.
    """
    closed = []
    for endpoint, descriptor in public_listeners().items():
        if endpoint in before:
            continue
        # A duplicate, so that closing our socket object leaves CASA's descriptor alone.
        with socket.socket(fileno=os.dup(descriptor)) as listening:
            listening.shutdown(socket.SHUT_RDWR)
        closed.append(endpoint)
    return closed
