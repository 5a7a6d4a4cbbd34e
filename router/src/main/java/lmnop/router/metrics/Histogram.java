package lmnop.router.metrics;

import java.util.concurrent.atomic.LongAdder;

/** A histogram over seconds with Prometheus' default buckets, cheap to add to. */
final class Histogram {
  /** In microseconds. */
  private static final long[] BOUNDS = {
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000
  };

  private static final String[] LABELS = {
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0"
  };

  private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
  private final LongAdder sum = new LongAdder();

  Histogram() {
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new LongAdder();
    }
  }

  void add(long nanos) {
    long micros = nanos / 1000;
    int bucket = 0;
    while (bucket < BOUNDS.length && micros > BOUNDS[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
    sum.add(micros);
  }

  /** How many values were added. */
  long count() {
    long count = 0;
    for (LongAdder bucket : buckets) {
      count += bucket.sum();
    }
    return count;
  }

  /**
   * Writes the lines of one series.
   *
   * @param labels without braces; may be empty
   */
  void write(StringBuilder text, String name, String labels) {
    String more = labels.isEmpty() ? "" : labels + ",";
    long count = 0;
    for (int i = 0; i < buckets.length; i++) {
      count += buckets[i].sum();
      String bound = i < LABELS.length ? LABELS[i] : "+Inf";
      text.append(name)
          .append("_bucket{")
          .append(more)
          .append("le=\"")
          .append(bound)
          .append("\"} ");
      text.append(count).append('\n');
    }
    String braces = labels.isEmpty() ? "" : "{" + labels + "}";
    text.append(name).append("_count").append(braces).append(' ').append(count).append('\n');
    text.append(name).append("_sum").append(braces).append(' ');
    text.append(sum.sum() / 1e6).append('\n');
  }
}
