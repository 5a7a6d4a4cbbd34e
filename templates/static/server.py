"""Serves the files of one directory over HTTP: GET and HEAD, index.html, 404.html, ETag and 304."""

import hashlib
import mimetypes
import os
import posixpath
import socketserver
import stat
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler

TYPES = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".html": "text/html",
    ".htm": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
TEXT = ("text/", "application/json", "application/xml", "application/manifest+json", "image/svg")
CHUNK = 64 * 1024


def content_type(path):
    extension = os.path.splitext(path)[1].lower()
    known = TYPES.get(extension) or mimetypes.types_map.get(extension, "application/octet-stream")
    return known + "; charset=utf-8" if known.startswith(TEXT) else known


class Tags:
    """ETags by content, so that every instance and every revision with the same file agree."""

    def __init__(self):
        self.known = {}

    def of(self, path, file, status):
        key = (path, status.st_size, status.st_mtime_ns)
        if key not in self.known:
            digest = hashlib.sha256()
            while chunk := file.read(CHUNK):
                digest.update(chunk)
            file.seek(0)
            self.known[key] = '"' + digest.hexdigest()[:32] + '"'
        return self.known[key]


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "lmnop-static"
    sys_version = ""
    timeout = 75  # seconds that an idle connection is kept
    wbufsize = 64 * 1024  # headers and a small body leave as one packet
    disable_nagle_algorithm = True
    tags = Tags()
    root = None

    def do_GET(self):
        self.answer(with_body=True)

    def do_HEAD(self):
        self.answer(with_body=False)

    def refuse(self):
        self.close_connection = True  # a body may follow, and nobody reads it
        self.send_response(405)
        self.send_header("Allow", "GET, HEAD")
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = refuse

    def answer(self, with_body):
        raw, _, query = self.path.partition("?")
        path = self.locate(raw)
        if path is None:
            return self.missing(with_body)
        if os.path.isdir(path):
            if not raw.endswith("/"):
                return self.redirect(raw + "/" + ("?" + query if query else ""))
            path = os.path.join(path, "index.html")
        self.send_file(path, 200, with_body)

    def locate(self, raw):
        """The file for a path of the URL, or None if it lies outside or has a hidden part."""
        try:
            decoded = urllib.parse.unquote(raw, errors="strict")
        except UnicodeDecodeError:
            return None
        if "\0" in decoded or "\\" in decoded or not decoded.startswith("/"):
            return None
        parts = [part for part in posixpath.normpath(decoded).split("/") if part]
        if any(part.startswith(".") and part != ".well-known" for part in parts):
            return None
        path = os.path.realpath(os.path.join(self.root, *parts))
        inside = path == self.root or path.startswith(self.root + os.sep)
        return path if inside else None

    def redirect(self, location):
        # Two slashes at the beginning would name another host.
        self.send_response(301)
        self.send_header("Location", "/" + location.lstrip("/"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def missing(self, with_body):
        page = os.path.join(self.root, "404.html")
        if os.path.isfile(page):
            return self.send_file(page, 404, with_body)
        body = b"There is no such page.\n"
        self.send_response(404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def send_file(self, path, code, with_body):
        try:
            file = open(path, "rb")
        except OSError:
            return self.missing(with_body) if code == 200 else self.send_error(404)
        with file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return self.missing(with_body)
            tag = self.tags.of(path, file, status)
            if code == 200 and self.is_known(tag):
                self.send_response(304)
                self.send_header("ETag", tag)
                self.end_headers()
                return None
            self.send_response(code)
            self.send_header("Content-Type", content_type(path))
            self.send_header("Content-Length", str(status.st_size))
            self.send_header("X-Content-Type-Options", "nosniff")
            if code == 200:
                self.send_header("ETag", tag)
                self.send_header("Cache-Control", "no-cache")
            self.end_headers()
            if with_body:
                while chunk := file.read(CHUNK):
                    self.wfile.write(chunk)
        return None

    def is_known(self, tag):
        shown = self.headers.get("If-None-Match", "")
        tags = [one.strip().removeprefix("W/") for one in shown.split(",")]
        return shown.strip() == "*" or tag in tags

    def log_message(self, template, *arguments):
        pass  # the router counts requests


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256


def main():
    Site.root = os.path.realpath(sys.argv[1])
    port = int(os.environ.get("PORT", "8000"))
    with Server(("127.0.0.1", port), Site) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
