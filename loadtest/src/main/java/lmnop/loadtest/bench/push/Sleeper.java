package lmnop.loadtest.bench.push;

import java.io.IOException;

/** The functions that are woken. */
enum Sleeper {
  STANDARD_LIBRARY("python, standard library", "bench-standard-library"),
  GUNICORN("python, gunicorn", "bench-gunicorn"),
  NODE(Example.NODE),
  STATIC(Example.STATIC),
  GO(Example.GO),
  JAVA(Example.JAVA);

  private static final String STANDARD_PROGRAM =
      """
      import os
      from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

      class Hello(BaseHTTPRequestHandler):
          def do_GET(self):
              body = b"awake"
              self.send_response(200)
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              self.wfile.write(body)

          def log_message(self, template, *arguments):
              pass

      port = int(os.environ.get("PORT", "5000"))
      ThreadingHTTPServer(("127.0.0.1", port), Hello).serve_forever()
      """;
  private static final String GUNICORN_PROGRAM =
      """
      def app(environment, start):
          body = b"awake"
          start("200 OK", [("Content-Length", str(len(body)))])
          return [body]
      """;
  private static final String GUNICORN_START =
      """
      #!/bin/sh
      exec gunicorn --bind "127.0.0.1:${PORT:-5000}" main:app
      """;

  private final String label;
  private final String function;

  Sleeper(String label, String function) {
    this.label = label;
    this.function = function;
  }

  Sleeper(Example example) {
    this(example.template(), example.function());
  }

  String label() {
    return label;
  }

  String function() {
    return function;
  }

  /** Pushes it, if that was not done. */
  void ready(Ground ground) throws IOException {
    switch (this) {
      case STANDARD_LIBRARY ->
          ground.push(
              ground
                  .tree(function)
                  .python("")
                  .file("function/main.py", STANDARD_PROGRAM)
                  .commit("standard library"),
              function,
              "awake");
      case GUNICORN ->
          ground.push(
              ground
                  .tree(function)
                  .python("")
                  .file("function/main.py", GUNICORN_PROGRAM)
                  .file("requirements.txt", "gunicorn==23.0.0\n")
                  .program("entrypoint", GUNICORN_START)
                  .commit("gunicorn"),
              function,
              "awake");
      case NODE -> ground.ready(Example.NODE);
      case STATIC -> ground.ready(Example.STATIC);
      case GO -> ground.ready(Example.GO);
      case JAVA -> ground.ready(Example.JAVA);
    }
  }
}
