package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds the name servers that functions may ask. */
final class NameServers {
  /** The second is where a resolver on the machine itself keeps those that it asks. */
  private static final List<Path> FILES =
      List.of(Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf"));

  private NameServers() {}

  /** The machine's own, but for those on the machine itself, which no function reaches. */
  static List<String> ofMachine() {
    return FILES.stream()
        .map(NameServers::read)
        .filter(servers -> !servers.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  private static List<String> read(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .map(line -> line.strip().split("\\s+"))
          .filter(words -> words.length == 2 && words[0].equals("nameserver"))
          .map(words -> words[1])
          .filter(server -> server.indexOf(':') < 0 && !server.startsWith("127."))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
