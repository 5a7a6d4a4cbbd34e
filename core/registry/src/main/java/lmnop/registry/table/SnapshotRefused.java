package lmnop.registry.table;

/** A snapshot on disk that is not what was written. */
final class SnapshotRefused extends Exception {
  private static final long serialVersionUID = 1L;

  SnapshotRefused(String why) {
    super(why);
  }
}
