package lmnop.operations.archive;

import java.io.IOException;

/** A tar that is not unpacked: broken, over its budget, or reaching out of its directory. */
public final class UnsafeArchive extends IOException {
  private static final long serialVersionUID = 1L;

  public UnsafeArchive(String message) {
    super(message);
  }
}
