package lmnop.builderworker.build;

/** A build that cannot succeed as it is; the message is for the pusher and says what to do. */
public final class BuildFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final Fault fault;

  private BuildFailure(Fault fault, String message) {
    super(message);
    this.fault = fault;
  }

  static BuildFailure user(String message) {
    return new BuildFailure(Fault.USER, message);
  }

  static BuildFailure platform(String message) {
    return new BuildFailure(Fault.PLATFORM, message);
  }

  Fault fault() {
    return fault;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
