"""CASA's own applications, which draw what our engine cannot."""

from collections.abc import Iterator

from casa_kernel.doctor.check import Check, note, ok


def examine_applications() -> Iterator[Check]:
    """Yield whether casaplotms and casaviewer are there and have what they need."""
    # Not at the top: the doctor must speak where a package is missing.
    try:
        from casa_plots.applications.appimages import missing_libraries  # noqa: PLC0415
        from casa_plots.applications.places import (  # noqa: PLC0415
            APPLICATIONS,
            COMMAND,
            VARIABLE,
            find,
        )
    except ImportError as problem:
        yield note("applications", f"Nothing is known of casaplotms and casaviewer: {problem}.")
        return
    try:
        found = find()
    except OSError as problem:
        yield note(
            "applications",
            f"Whether casaplotms and casaviewer are installed is not known: {problem.filename} "
            f"cannot be read ({problem.strerror}). Let this account read it, or name another "
            f"directory in {VARIABLE}.",
        )
        return
    if found is None:
        yield note(
            "applications",
            "casaplotms and casaviewer are not installed; plots that only they can draw are "
            f"refused. `{COMMAND}` installs them.",
        )
        return
    missing = {each for name in APPLICATIONS for each in missing_libraries(found.tree(name))}
    versions = " and ".join(f"{name} {found.versions[name]}" for name in APPLICATIONS)
    if missing:
        yield note("applications", f"{versions} lack {', '.join(sorted(missing))}: install that.")
    else:
        yield ok("applications", f"{versions} are in {found.directory}.")
