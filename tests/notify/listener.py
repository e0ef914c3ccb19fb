"""A real HTTP server on the loopback that keeps what it is sent, and may refuse it."""

import http.server
import json
import threading
from types import TracebackType
from typing import Any, Self


class Listener:
    """Used as a context manager; `status` is what it answers."""

    def __init__(self) -> None:
        self.status, self.posted = 200, list[dict[str, Any]]()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if listener.status == 200:
                    listener.posted.append(json.loads(body))
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
