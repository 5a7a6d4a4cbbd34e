package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.DatabaseSettings;

/** Our router as a program: with everything on that it has. */
final class RouterProgram {
  /** The flags that {@code ./lmnop up} starts it with. */
  private static final List<String> FLAGS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseSerialGC",
          "-XX:+UseTransparentHugePages",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:+UseCompactObjectHeaders",
          "-XX:MetaspaceSize=96m",
          "-XX:SweeperThreshold=100",
          "-XX:ReservedCodeCacheSize=64m",
          "-XX:MaxDirectMemorySize=128m");

  private RouterProgram() {}

  /** A heap, and what of it is for what is young; in mebibytes. */
  record Memory(int heap, int young) {
    /** What {@code ./lmnop up} gives it. */
    static final Memory USUAL = new Memory(256, 128);
  }

  static Program start(
      Path home,
      Path folder,
      DatabaseSettings database,
      Path certificates,
      String transport,
      Memory memory,
      int port,
      int secure,
      int management)
      throws IOException {
    Files.createDirectories(folder);
    Path token = folder.resolve("token");
    new CredentialFile(token).write(Token.random(new java.security.SecureRandom()));
    Path file = folder.resolve("router.properties");
    Files.writeString(
        file,
        """
        listen.port=%1$d
        tls.certificates=%2$s
        tls.port=%3$d
        control-plane=http://127.0.0.1:1
        provider.url=http://127.0.0.1:1
        provider.waker-file=%4$s
        database.port=%5$d
        database.name=%6$s
        database.user=%7$s
        database.password-file=%8$s
        management.port=%9$d
        management.token-file=%4$s
        data=%10$s
        edge.transport=%11$s
        edge.connections=100000
        edge.idle-time=10m
        """
            .formatted(
                port,
                certificates,
                secure,
                token,
                database.port(),
                database.name(),
                database.user(),
                database.passwordFile(),
                management,
                folder,
                transport));
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(FLAGS);
    command.add("-Xmx" + memory.heap() + "m");
    command.add("-Xmn" + memory.young() + "m");
    command.addAll(
        List.of(
            "-jar",
            home.resolve("router/target/app/router.jar").toString(),
            "--config",
            file.toString()));
    return Program.start(folder.resolve("output"), port, command);
  }
}
