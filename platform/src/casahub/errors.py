"""What stops a command or a start of the site; the message says what to do."""


class SiteError(Exception):
    """The site, or a command on it, cannot do what was asked."""
