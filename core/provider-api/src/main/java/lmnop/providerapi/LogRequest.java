package lmnop.providerapi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which lines of output are wanted.
 *
 * @param tail how many of the newest lines; 0 or less means all
 * @param follow whether to wait for more lines
 */
public record LogRequest(
    String name,
    String namespace,
    @Nullable String instance,
    int tail,
    boolean follow,
    @Nullable Instant since) {}
