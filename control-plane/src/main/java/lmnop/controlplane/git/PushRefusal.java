package lmnop.controlplane.git;

import java.io.IOException;
import java.io.OutputStream;
import lmnop.controlplane.web.Refusal;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.SideBandOutputStream;
import org.springframework.http.HttpStatus;

/**
 * The answer to a push that is refused before it reaches JGit, in git's own protocol: of an HTTP
 * error git would show the number alone.
 */
final class PushRefusal {
  private PushRefusal() {}

  /** Says in words why nothing of the push is taken. */
  static void write(PushHead head, String words, OutputStream out) throws IOException {
    if (!head.can("report-status")) {
      throw new Refusal(HttpStatus.FORBIDDEN, words + ".");
    }
    if (!head.can("side-band-64k")) {
      report(head, words, out);
      return;
    }
    try (SideBandOutputStream data =
        new SideBandOutputStream(SideBandOutputStream.CH_DATA, SideBandOutputStream.MAX_BUF, out)) {
      report(head, words, data);
      data.flush();
      new PacketLineOut(out).end();
    }
  }

  private static void report(PushHead head, String words, OutputStream out) throws IOException {
    PacketLineOut lines = new PacketLineOut(out);
    lines.setFlushOnEnd(false);
    lines.writeString("unpack error " + words + "\n");
    for (String ref : head.refs()) {
      lines.writeString("ng " + ref + " nothing of this push was taken\n");
    }
    lines.end();
  }
}
