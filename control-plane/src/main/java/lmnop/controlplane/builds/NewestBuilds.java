package lmnop.controlplane.builds;

/**
 * How the newest builds of a repository are asked for, wherever a question is about many of them.
 *
 * <p>Asked by equality and number alone, PostgreSQL expects to meet one soon when it goes through
 * all builds from the newest back, and goes through all of them for a repository that has none. A
 * range and an order by repository are what only the index by repository can give.
 */
public final class NewestBuilds {
  private NewestBuilds() {}

  /**
   * What follows {@code SELECT}; the table is {@code b}, and {@code LIMIT} comes behind it.
   *
   * @param repository its number, as SQL
   * @param condition which of them, as SQL
   */
  public static String of(String repository, String condition) {
    return """
    FROM builds b WHERE b.repository_id BETWEEN %1$s AND %1$s AND %2$s
    ORDER BY b.repository_id, b.id DESC
    """
        .formatted(repository, condition);
  }
}
