package lmnop.controlplane.portal;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import lmnop.controlplane.overview.FunctionLine;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Which functions the list shows, as its address says it; what is empty is any.
 *
 * @param after which of them come behind this one
 */
public record FunctionFilter(String owner, String search, String state, String after) {
  static FunctionFilter of(ServerRequest request) {
    return new FunctionFilter(
        request.queryParam("owner").orElse(""),
        request.queryParam("search").orElse("").replace("\0", ""),
        request.queryParam("state").orElse(""),
        request.queryParam("after").orElse("").replace("\0", ""));
  }

  /** The states that there are. */
  public static List<String> states() {
    return Arrays.stream(FunctionLine.State.values()).map(FunctionLine.State::word).toList();
  }

  /** Whether it leaves something out. */
  public boolean narrows() {
    return !owner.isEmpty() || !search.isEmpty() || !state.isEmpty() || !after.isEmpty();
  }

  /** The address of those behind a function. */
  String behind(FunctionLine line) {
    return UriComponentsBuilder.fromPath("/")
        .queryParam("owner", "{owner}")
        .queryParam("search", "{search}")
        .queryParam("state", "{state}")
        .queryParam("after", "{after}")
        .encode()
        .buildAndExpand(owner, search, state, Overview.After.of(line))
        .toUriString();
  }

  Overview.After place() {
    return Overview.After.parse(after);
  }

  Overview.Wanted wanted() {
    return new Overview.Wanted(
        value(owner, OwnerName::new), search, value(state, FunctionLine.State::of));
  }

  private static <T> @Nullable T value(String text, Function<String, T> type) {
    try {
      return Optional.of(text).filter(given -> !given.isEmpty()).map(type).orElse(null);
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, e.getMessage() + ".");
    }
  }
}
