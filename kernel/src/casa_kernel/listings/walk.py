"""Paging in place: a page, a question below it, and the next page where the first one was.

The question is Python's own ``input``, which every front end has: ipywidgets are not needed, and
JupyterLab lets no script in an output talk to the kernel.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from IPython.display import display

from casa_kernel.listings.reader import TableError

if TYPE_CHECKING:
    from casa_kernel.listings.browser import Browser

_QUESTION: Final = "Enter: next · p: previous · number: page · name: subtable · q: end "


def step(browser: "Browser", answer: str) -> "Browser | None":
    """Return the page that an answer asks for, None to end.

    Raises
    ------
    TableError
        There is no such page or subtable.
    """
    wanted = answer.strip()
    if wanted == "q":
        return None
    if wanted == "p":
        return browser.previous()
    if wanted.isdecimal():
        return browser.page(int(wanted))
    return browser.subtable(wanted) if wanted else browser.next()


def walk(browser: "Browser", ask: Callable[[str], str]) -> None:
    """Show pages in one place until the user ends it; a wrong answer is explained and asked again.

    Parameters
    ----------
    browser : Browser
        The first page.
    ask : callable
        Puts a question and returns the answer.
    """
    handle = display(browser, display_id=True)
    shown, note = browser, ""
    while True:
        try:
            following = step(shown, ask(f"{note}{_QUESTION}"))
        except TableError as error:
            note = f"{error}\n"
            continue
        if following is None:
            return
        shown, note = following, ""
        handle.update(shown)
