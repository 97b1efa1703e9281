"""The part of a spawner that knows what the site offers, and what its session has of it."""

from typing import Any

from traitlets import Bunch, Dict, List, TraitError, validate
from traitlets.config import LoggingConfigurable

from casahub_spawner.errors import InvalidOffersError
from casahub_spawner.offers import Image, Offers, chosen, parse_offers
from casahub_spawner.options import Choice


class OffersMixin(LoggingConfigurable):
    """Lets sessions run in one of the images and sizes that the configuration names.

    Without images the engine's own configuration says which one is used, and without sizes
    JupyterHub's `cpu_limit` and `mem_limit` hold for all. What was chosen is kept by the hub:
    another start of the session that names nothing gets the same.
    """

    images = List(
        Dict(),
        help="""
        Images that sessions may run in, the first one by default: dictionaries with `name`,
        `reference` for the engine, and `title`, which may be left out. Nothing else can be asked
        for.
        """,
    ).tag(config=True)

    sizes = List(
        Dict(),
        help="""
        Sizes of sessions, the first one by default: dictionaries with `name`, `cpus`, `memory` such
        as `4G`, and `title`, which may be left out.
        """,
    ).tag(config=True)

    # Traits of the spawner beside it.
    user_options: dict[str, Any]
    cpu_limit: Any
    mem_limit: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._had: dict[str, str] = {}
        super().__init__(*args, **kwargs)

    @validate("images", "sizes")
    def _validate_offers(self, proposal: Bunch) -> list[dict[str, Any]]:
        kind = proposal["trait"].name
        try:
            parse_offers({kind: proposal["value"]})
        except InvalidOffersError as error:
            raise TraitError(f"{type(self).__name__}.{kind}: {error}.") from error
        given: list[dict[str, Any]] = proposal["value"]
        return given

    @property
    def offers(self) -> Offers:
        """All that may be chosen."""
        return parse_offers({"images": self.images, "sizes": self.sizes})

    @property
    def had(self) -> dict[str, str]:
        """Names of the `image` and the `size` that the session had last."""
        return dict(self._had)

    def use_offers(self, choice: Choice) -> None:
        """Give the server that starts next the image and the size that were chosen."""
        offers = self.offers
        image = chosen("image", offers.images, choice.image, self._had.get("image", ""))
        size = chosen("size", offers.sizes, choice.size, self._had.get("size", ""))
        self._had = {kind: each.name for kind, each in (("image", image), ("size", size)) if each}
        self._tell_what_it_has()
        if image:
            self.use_image(image)
        if size:
            self.cpu_limit, self.mem_limit = size.cpus, size.memory

    def _tell_what_it_has(self) -> None:
        """Let the hub's word on this server name both; its record of what was asked for stays."""
        self.user_options = {**self.user_options, **self._had}

    def use_image(self, image: Image) -> None:
        """Let the server that starts next run in this image."""
        raise NotImplementedError

    # State kept by the hub

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what the session had."""
        super().load_state(state)  # type: ignore[misc]  # JupyterHub ships no types
        self._had = state.get("offers", {})
        self._tell_what_it_has()

    def get_state(self) -> dict[str, Any]:
        """Return the state with what the session has."""
        state: dict[str, Any] = super().get_state()  # type: ignore[misc]
        return state | {"offers": self._had} if self._had else state
