package lmnop.controlplane.overview;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is shown of one function.
 *
 * @param line what the list says of it
 * @param repository where it comes from; null if it comes from none
 * @param branch of the repository that is deployed
 * @param mark another one when other revisions get the traffic, or in other shares
 */
public record FunctionView(
    FunctionLine line,
    Instant createdAt,
    @Nullable String repository,
    @Nullable String branch,
    List<Route> routes,
    List<Share> traffic,
    String mark) {
  public FunctionView {
    routes = List.copyOf(routes);
    traffic = List.copyOf(traffic);
  }

  /**
   * What leads to a function.
   *
   * @param kind as it stands in the table: function, preview, custom, owner
   * @param revision that alone answers there; null if the traffic's do
   * @param branch whose preview it is
   */
  public record Route(
      String url,
      String host,
      String pathPrefix,
      String kind,
      boolean verified,
      @Nullable Integer revision,
      @Nullable String branch,
      @Nullable Instant expiresAt) {}

  /**
   * A revision that gets traffic.
   *
   * @param since when it got it last
   * @param reason why fewer instances are ready than wanted
   * @param chosenBy who set the number of instances by hand; null if it follows the load
   * @param scaledBecause why the load, or its absence, changed it last
   */
  public record Share(
      int revision,
      @Nullable String commit,
      int weight,
      @Nullable Instant since,
      int wanted,
      int instances,
      @Nullable String reason,
      @Nullable String chosenBy,
      @Nullable String scaledBecause,
      @Nullable Instant scaledAt) {}
}
