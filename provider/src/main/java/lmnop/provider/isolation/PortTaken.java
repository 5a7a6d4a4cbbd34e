package lmnop.provider.isolation;

import java.io.IOException;

/** A program insists on a port that another instance has. */
public final class PortTaken extends IOException {
  private static final long serialVersionUID = 1L;

  private final String holder;

  PortTaken(int port, String holder) {
    super(
        "its program insists on port %d, which the instance %s has; let it listen on $PORT"
            .formatted(port, holder));
    this.holder = holder;
  }

  /** The instance that has it. */
  public String holder() {
    return holder;
  }
}
