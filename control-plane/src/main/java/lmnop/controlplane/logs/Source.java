package lmnop.controlplane.logs;

import lmnop.providerapi.LogLine;
import org.jspecify.annotations.Nullable;

/** What runs, or ran a moment ago, a revision of a function. */
record Source(String namespace, String workload, int revision, @Nullable String commit) {
  PrintedLine printed(LogLine line) {
    return PrintedLine.of(line.timestamp(), revision, commit, line.instance(), line.text());
  }
}
