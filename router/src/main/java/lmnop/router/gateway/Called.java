package lmnop.router.gateway;

import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A function as the target of a route: {@code function://name}, {@code function://owner/name}. */
record Called(String owner, String name) {
  static final String SCHEME = "function";
  private static final String DEFAULT_OWNER = "default";
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?");

  /** Reads a target; null where it names no function. */
  static @Nullable Called of(URI target) {
    String text = target.toString();
    if (!text.startsWith(SCHEME + "://")) {
      return null;
    }
    String rest = text.substring(SCHEME.length() + 3);
    int slash = rest.indexOf('/');
    String owner = slash < 0 ? DEFAULT_OWNER : rest.substring(0, slash);
    String name = rest.substring(slash + 1);
    return NAME.matcher(owner).matches() && NAME.matcher(name).matches()
        ? new Called(owner, name)
        : null;
  }

  @Override
  public String toString() {
    return owner + "/" + name;
  }
}
