package lmnop.provider.isolation;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A network that no instance has yet. A shell in it waits for a line, and ends without it, so that
 * nothing of it outlives the provider.
 */
final class ReadyNetwork {
  private static final Logger log = LoggerFactory.getLogger(ReadyNetwork.class);

  /**
   * What makes it.
   *
   * @param inside what {@code ip} does in it
   * @param outside what a shell does on the machine's side
   * @param translation what {@code nft} does in it
   */
  record Texts(String inside, String outside, String translation) {}

  /** The shell that makes it, and what that becomes. */
  record Scripts(Script network, Script keeper) {}

  private final int place;
  private final Process process;

  private ReadyNetwork(int place, Process process) {
    this.place = place;
    this.process = process;
  }

  /** Begins to make one; whether that succeeds is known when an instance is in it. */
  static ReadyNetwork make(int place, Texts texts, Scripts scripts) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "setsid",
                "unshare",
                "--net",
                "--",
                "/bin/sh",
                scripts.network().path().toString(),
                scripts.keeper().path().toString(),
                Long.toString(ProcessHandle.current().pid()),
                texts.inside(),
                texts.outside(),
                texts.translation()));
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", Command.PATH));
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    return new ReadyNetwork(place, builder.start());
  }

  int place() {
    return place;
  }

  boolean isThere() {
    return process.isAlive();
  }

  /** Becomes the keeper of the instance with this folder, which says how that went. */
  Keeper keep(Path folder) throws IOException {
    OutputStream words = process.getOutputStream();
    try {
      words.write((folder + "\n").getBytes(StandardCharsets.UTF_8));
      words.flush();
    } catch (IOException e) {
      close();
      throw new IOException("its network is gone: somebody ended what kept it", e);
    }
    return Keeper.started(process, folder);
  }

  void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      log.debug("the network at place {} was gone already: {}", place, e.toString());
    }
  }
}
