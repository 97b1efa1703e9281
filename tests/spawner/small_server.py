"""A server that is up in a moment, for tests that look at what it is started with.

To the hub and the spawner it is like Jupyter: it answers, and tells of itself in a file.
"""

import os
import signal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-JupyterHub-Version", "6")
        self.end_headers()
        self.wfile.write(b"{}")


where = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
signal.signal(signal.SIGINT, signal.SIG_DFL)
with HTTPServer((where.hostname or "", where.port or 0), Answer) as server:
    runtime = Path.home() / ".local/share/jupyter/runtime"
    runtime.mkdir(parents=True, exist_ok=True)
    (runtime / f"jpserver-{os.getpid()}.json").write_text("{}")
    server.serve_forever()
