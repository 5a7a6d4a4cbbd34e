package lmnop.providerapi;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A namespace and what somebody noted of it ({@code /system/namespace/NAME}). */
public record FunctionNamespace(
    @Nullable String name,
    @Nullable Map<String, String> annotations,
    @Nullable Map<String, String> labels) {
  public FunctionNamespace {
    annotations = Map.copyOf(Objects.requireNonNullElse(annotations, Map.of()));
    labels = Map.copyOf(Objects.requireNonNullElse(labels, Map.of()));
  }
}
