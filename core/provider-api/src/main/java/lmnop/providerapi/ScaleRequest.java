package lmnop.providerapi;

import org.jspecify.annotations.Nullable;

/** How many instances shall run (POST {@code /system/scale-function/NAME}). */
public record ScaleRequest(String serviceName, int replicas, @Nullable String namespace) {}
