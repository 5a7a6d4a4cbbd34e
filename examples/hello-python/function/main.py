"""Says hello, for how long it has been running, and how often it was asked."""

import itertools
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import humanize

STARTED = time.monotonic()
CALLS = itertools.count(1)


class Hello(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    wbufsize = -1  # headers and body leave together
    disable_nagle_algorithm = True

    def do_GET(self):
        name = os.environ.get("LMNOP_FUNCTION", "a function")
        running = humanize.precisedelta(time.monotonic() - STARTED, minimum_unit="milliseconds")
        call = humanize.ordinal(next(CALLS))
        body = f"Hello from {name}: this is my {call} call, I have been running for {running}.\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, template, *arguments):
        pass  # one line a request would be a lot; print() what you want to see in the log


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "5000"))
    print(f"listening on 127.0.0.1:{port}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Hello).serve_forever()
