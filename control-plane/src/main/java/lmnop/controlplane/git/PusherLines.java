package lmnop.controlplane.git;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.eclipse.jgit.transport.ReceivePack;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines for whoever pushes, shown by git as {@code remote: …} the moment they come. They may hold
 * what a build printed, so nothing in them steers a terminal.
 */
final class PusherLines {
  private static final Logger log = LoggerFactory.getLogger(PusherLines.class);
  private static final byte[] NOTHING = "0005\u0002".getBytes(StandardCharsets.US_ASCII);

  private final OutputStream lines;
  private final OutputStream packets;
  private final boolean sideBand;
  private boolean gone;

  /**
   * Lines for the sender of a push.
   *
   * @param packets the stream below, to which every line goes as a packet of its own
   */
  PusherLines(ReceivePack push, OutputStream packets) throws IOException {
    this.lines = push.getMessageOutputStream();
    this.packets = packets;
    this.sideBand = push.isSideBand();
  }

  /** Shows a text, line by line; somebody who left does not stop what goes on. */
  synchronized void show(String text) {
    text.lines().forEach(this::write);
  }

  private void write(String line) {
    if (gone) {
      return;
    }
    try {
      lines.write((Harmless.plain(line) + "\n").getBytes(StandardCharsets.UTF_8));
      lines.flush();
    } catch (IOException e) {
      left(e);
    }
  }

  /** Sends a packet that shows nothing, as git's own server does while it waits. */
  synchronized void stayAlive() {
    if (gone || !sideBand) {
      return;
    }
    try {
      packets.write(NOTHING);
      packets.flush();
    } catch (IOException e) {
      left(e);
    }
  }

  private void left(IOException e) {
    log.debug("the pusher left: {}", e.toString());
    gone = true;
  }

  /** What fits into the one line in which git says why it rejected a ref. */
  static String oneLine(String text) {
    return Harmless.plain(text.strip().replaceAll("\\s*\\R\\s*", "; "));
  }
}
