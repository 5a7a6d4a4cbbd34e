package lmnop.tasks;

/** Somebody else holds the task now: stop, and write nothing more. */
public final class LeaseLost extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LeaseLost(Task task) {
    super("the lease of " + task + " is lost", null, false, false);
  }
}
