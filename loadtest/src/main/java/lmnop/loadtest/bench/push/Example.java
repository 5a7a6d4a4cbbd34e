package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lmnop.loadtest.platform.WorkTree;

/** The examples that are pushed again and again, each time with other words to answer. */
enum Example {
  PYTHON("python3", "hello-python", "function/main.py", "Hello from"),
  NODE("node", "hello-node", "server.js", "Hello from"),
  STATIC("static", "hello-static", "public/index.html", "<h1>Hello"),
  GO("go", "hello-go", "main.go", "Hello from"),
  JAVA("java", "hello-java", "src/main/java/hello/Hello.java", "Hello from");

  private final String template;
  private final String folder;
  private final String source;
  private final String words;

  Example(String template, String folder, String source, String words) {
    this.template = template;
    this.folder = folder;
    this.source = source;
    this.words = words;
  }

  /** The name of its template. */
  String template() {
    return template;
  }

  /** The name under which it is pushed. */
  String function() {
    return "bench-" + template;
  }

  /** Whether a compiler of its own runs in every build. */
  boolean isCompiled() {
    return this == GO || this == JAVA;
  }

  /** Copies it into a repository. */
  void copyTo(WorkTree tree, Path home) throws IOException {
    tree.copy(home.resolve("examples").resolve(folder));
  }

  /** Has it answer a version's words from the next build on. */
  void change(WorkTree tree, Path home, String version) throws IOException {
    String text = Files.readString(home.resolve("examples").resolve(folder).resolve(source));
    tree.file(source, text.replace(words, answer(version)));
  }

  /** What the answer of a version holds. */
  String answer(String version) {
    return words + " " + version;
  }
}
