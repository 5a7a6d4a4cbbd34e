package lmnop.providerapi;

import org.jspecify.annotations.Nullable;

/** Which workload to remove (DELETE {@code /system/functions}). */
public record DeleteRequest(String functionName, @Nullable String namespace) {}
