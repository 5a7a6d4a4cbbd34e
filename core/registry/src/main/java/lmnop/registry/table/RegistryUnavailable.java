package lmnop.registry.table;

/** A route is not known here and the database did not answer in time: not the same as unknown. */
public final class RegistryUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RegistryUnavailable(String message, @org.jspecify.annotations.Nullable Throwable cause) {
    super(message, cause, false, false);
  }
}
