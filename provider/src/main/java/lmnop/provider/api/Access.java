package lmnop.provider.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import lmnop.operations.credentials.Token;
import org.jspecify.annotations.Nullable;

/**
 * Who may call: the operator everything, the waker only what raises a workload from zero,
 * Alertmanager only what reports alerts.
 */
public final class Access {
  /** A caller that showed its credential. */
  enum Caller {
    OPERATOR("do everything"),
    WAKER("only raise a function from zero"),
    ALERTMANAGER("only report alerts");

    private final String may;

    Caller(String may) {
      this.may = may;
    }

    /** The user's name. */
    String user() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** What it may, in words. */
    String may() {
      return may;
    }
  }

  private final Map<Caller, Token> tokens = new EnumMap<>(Caller.class);

  /**
   * Callers by their passwords.
   *
   * @param alertmanager null: nobody but the operator reports alerts
   */
  public Access(Token operator, Token waker, @Nullable Token alertmanager) {
    tokens.put(Caller.OPERATOR, operator);
    tokens.put(Caller.WAKER, waker);
    if (alertmanager != null) {
      tokens.put(Caller.ALERTMANAGER, alertmanager);
    }
  }

  /** Reads an {@code Authorization} header; every token is always compared, in constant time. */
  Optional<Caller> caller(@Nullable String authorization) {
    String[] shown = basic(authorization).split(":", 2);
    String password = shown.length == 2 ? shown[1] : "";
    Caller found = null;
    for (Map.Entry<Caller, Token> known : tokens.entrySet()) {
      boolean matches = known.getValue().matches(password);
      if (matches && shown[0].equals(known.getKey().user())) {
        found = known.getKey();
      }
    }
    return Optional.ofNullable(found);
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
