package lmnop.router.edge;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files, sockets among them, that this process may have open. */
final class Descriptors {
  private static final Logger log = LoggerFactory.getLogger(Descriptors.class);
  private static final int OTHERS = 64; // the database, files, what the JVM opens later
  private static final int LEAST = 16;

  private Descriptors() {}

  /**
   * How many of these clients may be let in: each may need a connection to an instance too, and who
   * is inside must not fail because others came.
   */
  static int clients(int wanted) {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean here)) {
      return wanted;
    }
    long limit = here.getMaxFileDescriptorCount();
    int room = clients(wanted, limit - here.getOpenFileDescriptorCount());
    if (room < wanted) {
      log.warn(
          "only {} clients are let in at once, not {}: this process may open no more than {} files;"
              + " raise its limit (ulimit -n, LimitNOFILE)",
          room,
          wanted,
          limit);
    }
    return room;
  }

  static int clients(int wanted, long free) {
    return (int) Math.min(wanted, Math.max((free - OTHERS) / 2, LEAST));
  }
}
