package lmnop.images;

import java.io.IOException;

/** An image that is not what it must be, whoever asks again; the message says what to do. */
public final class UnusableImage extends IOException {
  private static final long serialVersionUID = 1L;

  public UnusableImage(String message) {
    super(message);
  }

  public UnusableImage(String message, Throwable cause) {
    super(message, cause);
  }
}
