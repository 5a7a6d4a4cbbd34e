package lmnop.builderworker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A tree of files that a test pushes. */
record Repository(Path root) {
  /** Python that answers every request with a text, on PORT. */
  static final String MAIN =
      """
      import http.server, os, sys
      class Hello(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
              body = TEXT.encode()
              self.send_response(200)
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              self.wfile.write(body)
          def log_message(self, *arguments):
              pass
      http.server.HTTPServer(("127.0.0.1", int(os.environ.get("PORT", 5000))), Hello).serve_forever()
      """;

  static final String ENTRYPOINT = "#!/bin/sh\nexec python3 main.py\n";

  /** A Python function that answers with the text. */
  static Repository python(Path root, String text) throws IOException {
    return new Repository(root)
        .file("function/main.py", "TEXT = '" + text + "'\n" + MAIN)
        .program("entrypoint", ENTRYPOINT);
  }

  Repository file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    return this;
  }

  Repository program(String name, String content) throws IOException {
    file(name, content);
    Files.setPosixFilePermissions(root.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    return this;
  }

  Repository without(String name) throws IOException {
    Files.delete(root.resolve(name));
    return this;
  }

  byte[] tar() throws IOException {
    return FakeControlPlane.tar(root);
  }
}
