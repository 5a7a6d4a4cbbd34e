package lmnop.provider.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import lmnop.operations.credentials.Token;
import org.jspecify.annotations.Nullable;

/** Who may call: the operator everything, the waker only what raises a workload from zero. */
public final class Access {
  /** A caller that showed its credential. */
  enum Caller {
    OPERATOR,
    WAKER
  }

  private final Token operator;
  private final Token waker;

  public Access(Token operator, Token waker) {
    this.operator = operator;
    this.waker = waker;
  }

  /** Reads an {@code Authorization} header; both tokens are always compared, in constant time. */
  Optional<Caller> caller(@Nullable String authorization) {
    String[] shown = basic(authorization).split(":", 2);
    String password = shown.length == 2 ? shown[1] : "";
    boolean operators = operator.matches(password);
    boolean wakers = waker.matches(password);
    if (operators && shown[0].equals("operator")) {
      return Optional.of(Caller.OPERATOR);
    }
    return wakers && shown[0].equals("waker") ? Optional.of(Caller.WAKER) : Optional.empty();
  }

  private static String basic(@Nullable String authorization) {
    if (authorization == null || !authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
      return "";
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(authorization.substring(6).strip());
      return new String(decoded, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
