"""What can be wrong with what a site or a user asks a spawner for; the provisioner has its own."""


class InvalidOffersError(ValueError):
    """What the site offers is not written as it has to be; the message names the entry."""


class InvalidOptionsError(ValueError):
    """The user options cannot be fulfilled; the message says what can."""
