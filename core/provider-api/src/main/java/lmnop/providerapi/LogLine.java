package lmnop.providerapi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One line that an instance printed. */
public record LogLine(
    String name,
    @Nullable String namespace,
    @Nullable String instance,
    Instant timestamp,
    String text) {}
