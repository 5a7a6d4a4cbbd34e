package lmnop.controlplane.portal;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import lmnop.controlplane.builds.Build;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Which builds the list shows, as its address says it; what is empty is any.
 *
 * @param before which of them are older than the build of this number
 */
public record BuildFilter(String owner, String function, String state, long before) {
  static BuildFilter of(ServerRequest request) {
    String before = request.queryParam("before").orElse("");
    return new BuildFilter(
        request.queryParam("owner").orElse(""),
        request.queryParam("function").orElse(""),
        request.queryParam("state").orElse(""),
        BuildRecords.isNumber(before) ? Long.parseLong(before) : Long.MAX_VALUE);
  }

  /** The states that there are. */
  public static List<String> states() {
    return Arrays.stream(Build.State.values()).map(Words::word).toList();
  }

  /** Whether it leaves something out. */
  public boolean narrows() {
    return !owner.isEmpty() || !function.isEmpty() || !state.isEmpty();
  }

  /** The address of those that are older. */
  String olderThan(long build) {
    return UriComponentsBuilder.fromPath("/builds")
        .queryParam("owner", owner)
        .queryParam("function", function)
        .queryParam("state", state)
        .queryParam("before", build)
        .encode()
        .toUriString();
  }

  BuildRecords.Wanted wanted() {
    return new BuildRecords.Wanted(
        value("owner", owner, OwnerName::new),
        value("function", function, FunctionName::new),
        value("state", state, text -> Build.State.valueOf(text.toUpperCase(Locale.ROOT))));
  }

  private static <T> @Nullable T value(String name, String text, Function<String, T> type) {
    try {
      return Optional.of(text).filter(given -> !given.isEmpty()).map(type).orElse(null);
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, e.getMessage() + ".");
    } catch (IllegalArgumentException e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "'%s' is no %s.".formatted(text, name));
    }
  }
}
