"""A small HTTP server on loopback that answers from a table and remembers what it was asked."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit


@contextmanager
def site(pages):
    """Serve `pages`: path -> text, bytes or (status, text). Yields the address and the list of requests."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            split = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            asked.append((self.command, split.path, {**dict(parse_qsl(split.query)), **form}))
            page = pages.get(split.path, (404, "no such page"))
            status, text = page if isinstance(page, tuple) else (200, page)
            body = text if isinstance(text, bytes) else text.encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - names of http.server

        def log_message(self, *args):
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
