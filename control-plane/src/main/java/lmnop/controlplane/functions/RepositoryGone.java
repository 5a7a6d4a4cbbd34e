package lmnop.controlplane.functions;

/** A repository that was deleted while somebody pushed to it; the message says what to do. */
public final class RepositoryGone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RepositoryGone(String name) {
    super(
        "'%s' was deleted since this push began: push again, and it begins anew".formatted(name),
        null,
        false,
        false);
  }
}
