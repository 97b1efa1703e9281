"""Views in a notebook: seen by everybody, and acted on where a front end can.

`casa_plots` makes `Pages` of `View`s; the package shows them. What a cell keeps is a caption and a
PNG, which every reader of the notebook sees. While the kernel lives, a widget stands in their place
(`mount.js` says how): it zooms and pans by drawing anew, turns pages, reads coordinates, and does
what `casa_plots.inside` knows. All of it goes through the kernel's own comms.

What it deliberately does not do: draw, or know what a plot is of.

`show.Shower` is the way in, `tasks.names` gives the session its names, `settings` is what
``%plots`` sets.
`protocol` reads and writes the messages, `answers` does what they ask of `Pages`, `worker` is the
one thread in which that happens, `widget` and `scripts` are anywidget's side of it.

Building on it
--------------
The script of a widget is the scripts of the stage (`scripts.STAGE`) and those of its own, one after
another in one scope, of which the last is a class::

    class Film {
      constructor(el, line, live) {...}  // live(true) hides the caption and the PNG
      close() {...}
    }

Its constructor makes a ``Stage(el, line)``, asks ``line.ask("hello")`` and gives the answer to
``stage.begin``; `plot.js` is the example, `picture.js` lists what a stage offers. The Python side
is a subclass of `widget.PictureWidget` (anywidget keeps one style sheet for a class), made with
`scripts.composed` and a mapping of questions to functions ``(content) -> Answer``: those of
`answers.PagesAnswers`, and more.

Messages
--------
The front end asks ``{"id", "ask", …}`` and gets ``{"answer": id, …}``, ``{"answer": id, "error":
sentence}``, or ``{"answer": id, "dropped": true}`` when a newer question of the same kind came
before this one was begun. The kernel may tell unasked: ``{"tell": name, …}``.

A region is ``[left, right, bottom, top]``; a looking is ``width``, ``height`` (CSS pixels),
``ratio`` (device pixels per CSS pixel), ``theme``, ``regions`` by frame; a frame is ``name``,
``box``, ``shown``, ``xScale``, ``yScale``, ``xLabel``, ``yLabel``, and ``xTimeScale``,
``yTimeScale``, which are empty for an axis that is not of times; an outline is ``frame``,
``shape``, ``points`` [[x, y], …]. All questions but "hello" have ``page``, counted from 0.

========= ============================== =====================================================
ask       with                           answer
========= ============================== =====================================================
hello                                    task, engine, notes, saved, pages, width, height (CSS
                                         pixels), forms; page, regions as last seen; first (as
                                         "draw") and drawn (its question), with the PNG
draw      looking, ahead                 page, title, zoomable, can ("locate", "measure",
                                         "flag"), frames, alternative; buffer: PNG
locate    frame, region, limit           total, columns, rows
measure   outline, looking               columns, rows, picture (as "draw") or null; buffer: PNG
preview   outline, extension, flag       points, changed, total, sentence
apply     outline, extension, flag       sentence
undo                                     sentence
save      regions, theme, form           name, type; buffer: the file
========= ============================== =====================================================
"""
