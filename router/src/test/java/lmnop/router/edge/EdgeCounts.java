package lmnop.router.edge;

/** What the router counted. */
final class EdgeCounts {
  private EdgeCounts() {}

  /** How many requests ended in an outcome. */
  static long of(EdgeFixture router, String outcome) {
    String end = "outcome=\"" + outcome + "\"} ";
    return router
        .metrics
        .text()
        .lines()
        .filter(line -> line.contains(end))
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .mapToLong(number -> (long) Double.parseDouble(number))
        .sum();
  }
}
