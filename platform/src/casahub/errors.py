"""What stops a command or a start of the site; the message says what to do."""


class InterruptedByUser(Exception):  # noqa: N818  # it is no error
    """Ctrl-C or SIGTERM came; what was under way was ended in order."""


class SiteError(Exception):
    """The site, or a command on it, cannot do what was asked."""
