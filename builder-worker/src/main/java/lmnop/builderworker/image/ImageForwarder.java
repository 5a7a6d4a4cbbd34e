package lmnop.builderworker.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What stands in an image between its port and its program. */
enum ImageForwarder {
  /** The program listens there itself. */
  NONE {
    @Override
    Map<String, String> environment(int programsPort, List<String> command) {
      return Map.of("PORT", "" + PORT, "HOST", ANYWHERE);
    }

    @Override
    List<String> command(int programsPort, List<String> command) {
      return command;
    }
  },

  /** A program of ours, in Python. It tells its own program another {@code PORT}. */
  OURS {
    @Override
    Map<String, String> environment(int programsPort, List<String> command) {
      return Map.of("PORT", "" + PORT);
    }

    @Override
    List<String> command(int programsPort, List<String> command) {
      return Stream.concat(
              Stream.of("python3", "-I", "-S", "/" + PROGRAM, "" + PORT, "" + programsPort),
              command.stream())
          .toList();
    }
  },

  /** OpenFaaS's of-watchdog. What starts the image sets {@code PORT}, so it is set once more. */
  WATCHDOG {
    @Override
    Map<String, String> environment(int programsPort, List<String> command) {
      return Map.of(
          "PORT", "" + programsPort,
          "mode", "http",
          "port", "" + PORT,
          "upstream_url", "http://127.0.0.1:" + programsPort,
          "fprocess", "env PORT=" + programsPort + " " + String.join(" ", command));
    }

    @Override
    List<String> command(int programsPort, List<String> command) {
      return List.of("/fwatchdog"); // where its image has it
    }
  };

  static final int PORT = 8080;

  /**
   * A pod is called at an address of its own, so a program that listens on 127.0.0.1 is not reached
   * there.
   */
  private static final String ANYWHERE = "0.0.0.0";

  private static final String PROGRAM = "lmnop/forwarder.py";

  abstract Map<String, String> environment(int programsPort, List<String> command);

  abstract List<String> command(int programsPort, List<String> command);

  /** The layer that {@link #OURS} is. */
  static ImageLayer layer(Path file) throws IOException {
    try (InputStream in = ImageForwarder.class.getResourceAsStream("forwarder.py")) {
      if (in == null) {
        throw new IOException("forwarder.py is not in this jar");
      }
      byte[] program = in.readAllBytes();
      return ImageLayer.pack(
          file,
          tar -> {
            tar.directory("lmnop");
            tar.file(PROGRAM, false, program);
          });
    }
  }
}
