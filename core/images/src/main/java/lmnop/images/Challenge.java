package lmnop.images;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a registry wants to be shown who asks, as its {@code WWW-Authenticate} says.
 *
 * @param scheme {@code basic} or {@code bearer}
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final Pattern PARAMETER = Pattern.compile("([A-Za-z_]+)=\"([^\"]*)\"");

  /** The first of the given headers that is understood. */
  static Optional<Challenge> of(List<String> headers) {
    for (String header : headers) {
      int space = header.indexOf(' ');
      String scheme = (space < 0 ? header : header.substring(0, space)).toLowerCase(Locale.ROOT);
      if (scheme.equals("basic") || scheme.equals("bearer")) {
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(header);
        while (matcher.find()) {
          parameters.put(matcher.group(1).toLowerCase(Locale.ROOT), matcher.group(2));
        }
        return Optional.of(new Challenge(scheme, parameters));
      }
    }
    return Optional.empty();
  }

  boolean isBasic() {
    return scheme.equals("basic");
  }
}
