package lmnop.router.metrics;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one function: begun, and ended by status code.
 *
 * <p>Made once for a function and kept by whoever calls it, so that a call costs three additions
 * and no look-up.
 */
public final class FunctionMeter {
  private static final int CODES = 600;

  private final String function;
  private final LongAdder started = new LongAdder();
  private final AtomicReferenceArray<@Nullable Histogram> ended = new AtomicReferenceArray<>(CODES);

  FunctionMeter(String function) {
    this.function = function;
  }

  /** A call began. */
  public void started() {
    started.increment();
  }

  /** A call ended, with the status that the caller got, after this time. */
  public void ended(int status, long nanos) {
    int code = status > 0 && status < CODES ? status : 0;
    Histogram histogram = ended.get(code);
    if (histogram == null) {
      ended.compareAndSet(code, null, new Histogram());
      histogram = ended.get(code);
    }
    if (histogram != null) {
      histogram.add(nanos);
    }
  }

  void writeStarted(StringBuilder text, String name) {
    text.append(name).append("{function_name=\"").append(function).append("\"} ");
    text.append(started.sum()).append('\n');
  }

  void writeEnded(StringBuilder text, String name) {
    for (int code = 0; code < CODES; code++) {
      Histogram histogram = ended.get(code);
      if (histogram != null) {
        text.append(name).append('{').append(labels(code)).append("} ");
        text.append(histogram.count()).append('\n');
      }
    }
  }

  void writeSeconds(StringBuilder text, String name) {
    for (int code = 0; code < CODES; code++) {
      Histogram histogram = ended.get(code);
      if (histogram != null) {
        histogram.write(text, name, labels(code));
      }
    }
  }

  private String labels(int code) {
    return "code=\"" + code + "\",function_name=\"" + function + "\"";
  }
}
