"""What a user reads when CASA fails: their own lines, CASA's words, and what helps.

CASA's tracebacks hold its generated code, a line of which has up to 2,500 characters, and its words
seldom say what to do. The package shortens the one and explains the other. It changes no exception:
type, text and traceback stay CASA's, so that ``except RuntimeError`` in a user's script goes on
working and ``%tb`` shows all of it. It does not guess: an error that it does not know stays as
CASA words it.

`call` is what the user called, `words` what CASA said, `rules` the explanations (pure functions on
text), `surroundings` what they may look up in the file system, `shell` the hook into IPython.
"""

from casa_kernel.messages.call import noting
from casa_kernel.messages.explanation import Explanation, explain
from casa_kernel.messages.shell import Shell, install

__all__ = ["Explanation", "Shell", "explain", "install", "noting"]
