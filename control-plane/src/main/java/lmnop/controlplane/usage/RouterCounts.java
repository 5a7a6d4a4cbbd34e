package lmnop.controlplane.usage;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the calls of functions from a router's metrics, which come line by line. */
final class RouterCounts {
  private static final int FIRST_ERROR = 500; // status
  private static final Pattern BUCKET =
      Pattern.compile(
          "gateway_functions_seconds_bucket\\{code=\"([0-9]{1,3})\",function_name=\"([a-z0-9-]+\\.[a-z0-9-]+)\",le=\"([^\"]+)\"} ([0-9]{1,18})");

  private final Map<String, CallCounts> functions = new HashMap<>();
  private String series = ""; // of which the line before was
  private long before; // what that said: a bound counts all that are shorter too

  void line(String line) {
    Matcher bucket = BUCKET.matcher(line);
    if (!bucket.matches()) {
      return;
    }
    int bound = CallCounts.BOUNDS.indexOf(bucket.group(3));
    String name = bucket.group(2);
    String own = bucket.group(1) + " " + name;
    if (!own.equals(series)) {
      series = own;
      before = 0;
    }
    long count = Long.parseLong(bucket.group(4));
    if (bound < 0 || count < before) {
      return; // another version of a router
    }
    CallCounts counts = functions.computeIfAbsent(name, added -> new CallCounts());
    counts.addTimes(bound, count - before);
    if (bound == CallCounts.BOUNDS.size() - 1 && Integer.parseInt(bucket.group(1)) >= FIRST_ERROR) {
      counts.addErrors(count);
    }
    before = count;
  }

  /** By {@code FUNCTION.OWNER}. */
  Map<String, CallCounts> functions() {
    return functions;
  }
}
