package lmnop.controlplane.git;

import java.io.IOException;
import java.util.function.LongFunction;

/** Repositories that are made before anybody pushes to them, for functions that come otherwise. */
public final class NewRepositories {
  private static final String BRANCH = "main";

  private final Repositories repositories;
  private final RepositoryRows rows;

  public NewRepositories(Repositories repositories, RepositoryRows rows) {
    this.repositories = repositories;
    this.rows = rows;
  }

  /** Whether a repository has no branch and no tag; blocks. */
  public boolean isEmpty(long id) throws IOException {
    return repositories.refs(id) == 0;
  }

  /**
   * Makes an empty repository, which stays if the work gives it a row, and else goes; blocks.
   *
   * @param claim is given the repository's number
   */
  public <T> T withNew(LongFunction<T> claim) throws IOException {
    long id = rows.reserve(repositories::isThere);
    repositories.createUnclaimed(id, BRANCH);
    try {
      return claim.apply(id);
    } finally {
      repositories.settle(id, rows::isClaimed);
    }
  }
}
