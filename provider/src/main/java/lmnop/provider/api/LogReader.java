package lmnop.provider.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import lmnop.providerapi.LogLine;

/** Lines of output, in order, as they come. */
public interface LogReader extends AutoCloseable {
  /**
   * The next lines: none if none came within the given time, and nothing at all at the end.
   *
   * @param patience how long to wait for the first of them
   */
  Optional<List<LogLine>> next(Duration patience) throws InterruptedException;

  @Override
  void close();
}
