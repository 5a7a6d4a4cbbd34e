"""Signs what it is asked for with a key that is in no repository: the key is a secret."""

import hashlib
import hmac
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SECRETS = Path(os.environ.get("LMNOP_SECRETS", "/var/openfaas/secrets"))
KEY = (SECRETS / "hello-secret").read_bytes()


class Signer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    wbufsize = -1  # headers and body leave together
    disable_nagle_algorithm = True

    def do_GET(self):
        signature = hmac.new(KEY, self.path.encode(), hashlib.sha256).hexdigest()
        body = f"Hello from a function with a secret: {self.path} is signed {signature}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, template, *arguments):
        pass


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "5000"))
    ThreadingHTTPServer(("127.0.0.1", port), Signer).serve_forever()
