package lmnop.providerapi;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** An amount of memory and processor, in Kubernetes' notation ({@code 128Mi}, {@code 100m}). */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FunctionResources(@Nullable String memory, @Nullable String cpu) {}
