package lmnop.providerapi;

import org.jspecify.annotations.Nullable;

/**
 * Which provider this is (GET {@code /system/info}).
 *
 * @param provider its name; ours is {@code lmnop}
 * @param orchestration what runs the workloads: {@code process}, {@code kubernetes}, …
 */
public record ProviderInfo(
    String provider, @Nullable Version version, @Nullable String orchestration) {
  /** The provider's own version. */
  public record Version(
      @com.fasterxml.jackson.annotation.JsonProperty("commit_message")
          @Nullable String commitMessage,
      @Nullable String sha,
      @Nullable String release) {}
}
