"""Serves the files of one directory over HTTP.

GET and HEAD, index.html, 404.html, ETag and 304, ranges, variants that are compressed already (name.br, name.gz).
Usage: server.py DIRECTORY [FALLBACK], where FALLBACK is the page for addresses that a script of that page knows.
"""

import hashlib
import mimetypes
import os
import posixpath
import re
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
VARIANTS = (("br", ".br"), ("gzip", ".gz"))

# Builders put a digest of the content into names: what is called so never changes.
DIGEST = re.compile(r"[.-](?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,}\.[A-Za-z0-9.]+$")
ASSET = re.compile(r"/(?:assets|static|_astro)/(?:.*/)?[^/]*[.-](?=[^./]*[0-9A-Z])[A-Za-z0-9_-]{8}\.[A-Za-z0-9.]+$")
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def content_type(path):
    extension = os.path.splitext(path)[1].lower()
    known = TYPES.get(extension) or mimetypes.types_map.get(extension, "application/octet-stream")
    return known + "; charset=utf-8" if known.startswith(TEXT) else known


def cache_control(path):
    lasting = DIGEST.search(path) or ASSET.search(path)
    return "public, max-age=31536000, immutable" if lasting else "no-cache"


def is_file(path):
    """Not a link, which could lead out of the site."""
    return os.path.isfile(path) and not os.path.islink(path)


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
    fallback = None

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

    def is_page(self):
        """Whether somebody asks for a page, and not for a script or a picture that should be there."""
        name = self.path.partition("?")[0].rpartition("/")[2]
        accepts = self.headers.get("Accept", "*/*")
        return "." not in name and ("text/html" in accepts or "*/*" in accepts)

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
        if self.fallback and self.is_page():
            return self.send_file(os.path.join(self.root, self.fallback), 200, with_body, last=True)
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

    def send_file(self, path, code, with_body, last=False):
        encoding, shown = self.variant(path)
        try:
            file = open(shown, "rb")
        except OSError:
            return self.missing(with_body) if code == 200 and not last else self.send_error(404)
        with file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return self.missing(with_body) if code == 200 and not last else self.send_error(404)
            tag = self.tags.of(shown, file, status)
            if code == 200 and self.is_known(tag):
                self.send_response(304)
                self.lasting(path, tag)
                self.end_headers()
                return None
            first, after = (0, status.st_size) if encoding else self.part(status.st_size, tag, code)
            if first is None:
                return self.outside(status.st_size)
            whole = after - first == status.st_size
            self.send_response(code if whole else 206)
            self.send_header("Content-Type", content_type(path))
            self.send_header("Content-Length", str(after - first))
            self.send_header("X-Content-Type-Options", "nosniff")
            if encoding:
                self.send_header("Content-Encoding", encoding)
            if not whole:
                self.send_header("Content-Range", f"bytes {first}-{after - 1}/{status.st_size}")
            if code == 200:
                self.send_header("Accept-Ranges", "bytes")
                self.lasting(path, tag)
            self.end_headers()
            if with_body:
                self.copy(file, first, after - first)
        return None

    def lasting(self, path, tag):
        """What a browser and the caches before it may build on."""
        self.send_header("ETag", tag)
        self.send_header("Cache-Control", cache_control(path))
        if self.has_variants(path):
            self.send_header("Vary", "Accept-Encoding")

    @staticmethod
    def has_variants(path):
        return any(is_file(path + extension) for _, extension in VARIANTS)

    def variant(self, path):
        """The best of what lies beside a file compressed, and its encoding; else the file itself."""
        if "Range" not in self.headers:
            accepted = {}
            for one in self.headers.get("Accept-Encoding", "").split(","):
                name, _, weight = one.strip().lower().partition(";")
                accepted[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
            for encoding, extension in VARIANTS:
                if accepted.get(encoding) and is_file(path + extension):
                    return encoding, path + extension
        return None, path

    def part(self, size, tag, code):
        """The first byte that is asked for, and the one after the last; None for what does not exist."""
        asked = RANGE.fullmatch(self.headers.get("Range", "").strip())
        condition = self.headers.get("If-Range", tag).strip()
        if code != 200 or not asked or condition != tag or asked.group(0) == "bytes=-":
            return 0, size
        first, last = asked.groups()
        if not first:
            begin, end = max(0, size - int(last)), size
        else:
            begin, end = int(first), min(size, int(last) + 1) if last else size
            if last and int(last) < int(first):
                return 0, size  # no range at all, by the standard's words
        return (begin, end) if begin < end else (None, None)

    def outside(self, size):
        self.send_response(416)
        self.send_header("Content-Range", f"bytes */{size}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def copy(self, file, first, length):
        file.seek(first)
        while length > 0 and (chunk := file.read(min(CHUNK, length))):
            self.wfile.write(chunk)
            length -= len(chunk)

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
    Site.fallback = sys.argv[2] if len(sys.argv) > 2 else None
    host = os.environ.get("HOST", "127.0.0.1")
    port = int(os.environ.get("PORT", "8000"))
    with Server((host, port), Site) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
