package lmnop.controlplane.logs;

import java.time.Instant;
import java.util.Locale;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/**
 * Which lines of a function are asked for.
 *
 * @param since when; null is from the first that is kept
 * @param tail how many of the newest; 0 is all of them
 * @param instance that printed them; null is any
 * @param revision whose instances printed them; null is any
 * @param contains what stands in them, in small letters or large; empty stands in all
 */
public record WantedLines(
    OwnerName owner,
    FunctionName function,
    @Nullable Instant since,
    int tail,
    @Nullable String instance,
    @Nullable Integer revision,
    String contains) {
  boolean fits(PrintedLine line) {
    return contains.isEmpty()
        || line.text().toLowerCase(Locale.ROOT).contains(contains.toLowerCase(Locale.ROOT));
  }

  /** How many lines the provider has to give: what is filtered is counted only after that. */
  int tailOfEach() {
    return contains.isEmpty() ? tail : 0;
  }
}
