package lmnop.provider.kubernetes;

import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A request to an API server, as a role names it. */
final class Asked {
  private static final Pattern PATH =
      Pattern.compile(
          "/(?:api|apis/([^/]+))/[^/]+(?:/namespaces/[^/]+)?/([a-z]+)(?:/([^/]+))?(?:/([a-z]+))?");

  private Asked() {}

  /** In the words of a role: {@code VERB GROUP/RESOURCE}. */
  static Set<String> of(RecordedRequest request) {
    String[] parts = request.getPath().split("\\?", 2);
    Matcher path = PATH.matcher(parts[0]);
    if (!path.matches()) {
      return Set.of("ask " + parts[0]);
    }
    String group = path.group(1) == null ? "" : path.group(1);
    String below = path.group(4) == null ? "" : "/" + path.group(4);
    String what = " " + group + "/" + path.group(2) + below;
    boolean one = path.group(3) != null;
    String query = parts.length < 2 ? "" : parts[1];
    return switch (request.method().name()) {
      case "GET" -> Set.of((query.contains("watch=true") ? "watch" : one ? "get" : "list") + what);
      case "POST" -> Set.of("create" + what);
      case "PUT" -> Set.of("update" + what);
      case "PATCH" ->
          String.valueOf(request.getHeader("Content-Type")).contains("apply")
              ? Set.of("patch" + what, "create" + what)
              : Set.of("patch" + what);
      case "DELETE" -> Set.of((one ? "delete" : "deletecollection") + what);
      default -> Set.of(request.method() + what);
    };
  }
}
