"""Answers with the greeting of its environment."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = (os.environ["GREETING"] + "\n").encode()


class Greeter(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, template, *arguments):
        pass  # one line a request would be a lot


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "5000"))), Greeter).serve_forever()
