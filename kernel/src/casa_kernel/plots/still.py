"""What a cell keeps of a plot: a caption, and a PNG with words for who cannot see it.

JupyterLab 4.6 shows ``image/png`` without alternative text whatever its metadata say; nbconvert and
VS Code read it there. The caption therefore holds the same words, which only screen readers read.
It is also the element in which a living widget settles (`mount.js`).
"""

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import Any, Final

from casa_plots.picture import Pages, Picture, Size

from casa_kernel.plots.protocol import CSS_DPI

_CAPTION: Final = (
    "font-size:var(--jp-ui-font-size1, 13px);line-height:1.4;max-width:60em;"
    "color:var(--jp-ui-font-color2, #707070)"
)
_UNSEEN: Final = (
    "position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0 0 0 0);white-space:nowrap"
)


def caption(pages: Pages, place: str, page: int, alternative: str) -> dict[str, str]:
    """Return what stands above a picture, MIME type to content.

    Parameters
    ----------
    pages : Pages
        What was made.
    place : str
        Name of the element for a widget.
    page : int
        Which view the picture is of.
    alternative : str
        The picture in words.
    """
    sentences = [_head(pages, page), *pages.notes, *_saved(pages)]
    shown = " · ".join(escape(each) for each in sentences)
    html = (
        f'<div data-casa-plot="{escape(place)}"><div class="casa-static" style="{_CAPTION}">{shown}'
        f'<span style="{_UNSEEN}">{escape(alternative)}</span></div></div>'
    )
    return {"text/html": html, "text/plain": "\n".join(sentences)}


def picture(drawn: Picture, size: Size) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the bundle of a PNG and its metadata, which say how large it is and what it shows."""
    bundle = {"image/png": b64encode(drawn.content).decode(), "text/plain": drawn.alternative}
    # Some pictures have a size of their own.
    wide, high = drawn.size
    factor = min(size.width * CSS_DPI / wide, size.height * CSS_DPI / high)
    metadata: Mapping[str, Any] = {
        "alt": drawn.alternative,
        "width": round(wide * factor),
        "height": round(high * factor),
    }
    return bundle, {"image/png": metadata}


def _head(pages: Pages, page: int) -> str:
    parts = [f"{pages.task}, drawn by {pages.engine}"]
    if len(pages.views) > 1:
        parts.append(f"page {page + 1} of {len(pages.views)}")
    return ", ".join(parts)


def _saved(pages: Pages) -> list[str]:
    return [f"Saved: {', '.join(pages.saved)}"] if pages.saved else []
