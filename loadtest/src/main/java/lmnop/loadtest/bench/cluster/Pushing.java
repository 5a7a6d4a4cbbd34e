package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.platform.WorkTree;

/** From a push to an answer: how long it takes, and for which templates. */
final class Pushing {
  private static final double SECONDS = 1e9;
  private static final double TARGET = 8; // seconds
  private static final int TIMES = 5;
  private static final Path BUSYBOX = Path.of("/bin/busybox");

  private final Ground ground;
  private final Path examples;

  Pushing(Ground ground, Path examples) {
    this.ground = ground;
    this.examples = examples;
  }

  void times() throws IOException, InterruptedException {
    ground.results.say("the first push of a template to the first 200, s", timed(ground::push));
    double[] seconds = new double[TIMES];
    for (int i = 0; i < TIMES; i++) {
      long begin = System.nanoTime();
      String printed = ground.push();
      seconds[i] = (System.nanoTime() - begin) / SECONDS;
      if (i == TIMES - 1) {
        printed.lines().filter(line -> line.contains(" s  ")).forEach(ground.out::println);
      }
    }
    ground.results.atMost("push to the first 200, median, s", Samples.median(seconds), TARGET);
    ground.results.atMost(
        "push to the first 200, slowest, s", Samples.percentile(seconds, 1), TARGET);
  }

  private double timed(Ground.Happening happening) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    happening.run();
    return (System.nanoTime() - begin) / SECONDS;
  }

  void templates() throws InterruptedException {
    for (String template : List.of("static", "node", "go")) {
      String what = "a function of the template " + template + " answers after, s";
      ground.results.check(what, () -> templateIfBuilt(template, what));
    }
    String fixed = "a python3 function that listens on 127.0.0.1:5000 alone, s";
    ground.results.check(fixed, () -> fixedPort(fixed));
    String dockerfile = "a Dockerfile whose RUN has several users, s";
    ground.results.check(dockerfile, () -> dockerfile(dockerfile));
  }

  /** An installation chooses which languages its builder workers have. */
  private void templateIfBuilt(String template, String what)
      throws IOException, InterruptedException {
    try {
      template(template, what);
    } catch (IOException e) {
      skip(e, "which this machine does not have", what, "the builder workers have no " + template);
    }
  }

  private void skip(IOException failure, String where, String what, String why) throws IOException {
    if (!String.valueOf(failure.getMessage()).contains(where)) {
      throw failure;
    }
    ground.results.skipped(what, why);
  }

  private void template(String template, String what) throws IOException, InterruptedException {
    String function = "bench-" + template;
    WorkTree tree = ground.tree(function).copy(examples.resolve("hello-" + template));
    switch (template) { // what builds have no network for is left out
      case "node" -> {
        tree.file("package.json", "{\"main\": \"server.js\"}\n").without("package-lock.json");
        tree.file(
            "server.js",
            "require('node:http').createServer((q, a) => a.end('hello')).listen(process.env.PORT);\n");
      }
      case "go" -> {
        tree.file("go.mod", "module hello\n\ngo 1.19\n").without("go.sum");
        tree.file(
            "main.go",
            """
            package main

            import (
            	"net/http"
            	"os"
            )

            func main() {
            	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("hello")) })
            	panic(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
            }
            """);
      }
      default -> {}
    }
    answers(function, tree.commit("the example"), what);
  }

  private void fixedPort(String what) throws IOException, InterruptedException {
    WorkTree tree =
        ground
            .tree("bench-fixed")
            .file("function.yml", "template: python3\n")
            .program("entrypoint", "#!/bin/sh\nexec python3 -m http.server --bind 127.0.0.1 5000\n")
            .file("function/index.html", "hello\n");
    answers("bench-fixed", tree.commit("a fixed port"), what);
  }

  /** Of nothing but a program of this machine that needs no other file. */
  private void dockerfile(String what) throws IOException, InterruptedException {
    if (!Files.exists(BUSYBOX)) {
      ground.results.skipped(what, BUSYBOX + " is missing (Debian: busybox-static)");
      return;
    }
    WorkTree tree =
        ground
            .tree("bench-dockerfile")
            .file("function.yml", "template: dockerfile\n")
            .file(
                "Dockerfile",
                """
                FROM scratch
                COPY busybox /busybox
                RUN ["/busybox", "sh", "-c", "/busybox mkdir -p /srv/_ && /busybox chown -R 33:33 /srv"]
                USER 33:33
                RUN ["/busybox", "sh", "-c", "echo well > /srv/_/health; echo hello > /srv/index.html"]
                CMD ["/busybox", "httpd", "-f", "-p", "8080", "-h", "/srv"]
                """);
    Files.copy(BUSYBOX, tree.folder().resolve("busybox"), StandardCopyOption.COPY_ATTRIBUTES);
    try {
      answers("bench-dockerfile", tree.commit("a Dockerfile"), what);
    } catch (IOException e) {
      skip(e, "no Dockerfile is built here", what, "the builder workers build no Dockerfiles");
    }
  }

  private void answers(String function, WorkTree tree, String what)
      throws IOException, InterruptedException {
    double took =
        timed(() -> {
          ground.site.push(tree, function);
          ground.site.get(function);
        });
    ground.results.say(what, took);
    ground.site.api("DELETE", function + "?confirm=" + function, null);
  }
}
