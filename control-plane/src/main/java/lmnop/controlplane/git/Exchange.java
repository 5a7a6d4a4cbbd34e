package lmnop.controlplane.git;

import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import lmnop.controlplane.web.Refusal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;

/**
 * One request that JGit reads and answers. Whatever it cannot understand is the sender's fault: he
 * is told so by the status, or, once the answer has begun, by its end.
 */
final class Exchange extends FilterOutputStream {
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);

  /** What JGit does with the request. */
  @FunctionalInterface
  interface Work {
    void answer(OutputStream out) throws IOException;
  }

  private boolean begun;

  private Exchange(OutputStream out) {
    super(out);
  }

  static void run(OutputStream out, Work work) throws IOException {
    Exchange exchange = new Exchange(out);
    try {
      work.answer(exchange);
    } catch (Refusal | FileSystemException | FileNotFoundException | DataAccessException e) {
      throw e; // decided already, or the platform's own trouble
    } catch (IOException | RuntimeException e) {
      log.info("a request was not understood: {}", e.toString());
      if (!exchange.begun) {
        throw new Refusal(
            HttpStatus.BAD_REQUEST,
            "This is not git's protocol: %s."
                .formatted(PusherLines.oneLine(String.valueOf(e.getMessage()))));
      }
    }
  }

  @Override
  public void write(int b) throws IOException {
    begun = true;
    out.write(b);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    begun = true;
    out.write(bytes, offset, length);
  }
}
