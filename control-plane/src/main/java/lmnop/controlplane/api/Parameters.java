package lmnop.controlplane.api;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.InvalidName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerRequest;

/** The query of a request. All that is wrong with it is said at once, by {@link #check}. */
final class Parameters {
  private static final int LONGEST = 200; // characters
  private static final int LONGEST_PATH = 4096; // characters
  private static final int USUAL_PAGE = 50;
  private static final int LONGEST_PAGE = 200;
  private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\p{Cs}]");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private final MultiValueMap<String, String> query;
  private final Set<String> known = new LinkedHashSet<>();
  private final List<String> problems = new ArrayList<>();

  private Parameters(MultiValueMap<String, String> query) {
    this.query = query;
  }

  static Parameters of(ServerRequest request) {
    try {
      return new Parameters(request.queryParams());
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "The query cannot be decoded: after each % stand two digits.");
    }
  }

  /** A text; null if it is not there. */
  @Nullable String text(String name) {
    known.add(name);
    List<String> values = query.get(name);
    if (values == null) {
      return null;
    }
    String value = values.getFirst();
    if (values.size() > 1) {
      problems.add("'%s' is there %d times, once is enough".formatted(name, values.size()));
    } else if (value == null) {
      problems.add("'%s' has no value".formatted(name));
    } else if (value.length() > LONGEST) {
      problems.add(
          "'%s' has %d characters, at most %d are taken".formatted(name, value.length(), LONGEST));
    } else if (UNFIT.matcher(value).find()) {
      problems.add("'%s' has characters that cannot be printed".formatted(name));
    } else {
      return value;
    }
    return null;
  }

  /** A path in a repository, which may hold whatever somebody pushed; empty if it is not there. */
  String path(String name) {
    known.add(name);
    List<String> values = query.get(name);
    String value = values == null ? "" : Objects.requireNonNullElse(values.getFirst(), "");
    if (value.length() > LONGEST_PATH || (values != null && values.size() > 1)) {
      problems.add("'%s' is there once, with at most %d characters".formatted(name, LONGEST_PATH));
      return "";
    }
    return value;
  }

  /** A number, or what stands for it if it is not there. */
  int number(String name, int otherwise, int least, int most) {
    String text = text(name);
    if (text == null) {
      return otherwise;
    }
    if (NUMBER.matcher(text).matches()) {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    problems.add(
        "'%s' is '%s', a number from %d to %d is expected".formatted(name, text, least, most));
    return otherwise;
  }

  /** How many entries of a list are asked for. */
  int limit() {
    return number("limit", USUAL_PAGE, 1, LONGEST_PAGE);
  }

  /** Which page of a list is asked for, where nothing else of it is. */
  Page page() {
    Page page = new Page(limit(), cursor());
    check();
    return page;
  }

  /** Whether something is wanted; it is not if it is not there. */
  boolean flag(String name) {
    String text = text(name);
    if (text == null || text.equals("false")) {
      return false;
    }
    if (!text.equals("true")) {
      problems.add("'%s' is '%s', true or false is expected".formatted(name, text));
    }
    return true;
  }

  /** A moment; null if it is not there. */
  @Nullable Instant moment(String name) {
    String text = text(name);
    try {
      return text == null ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      problems.add(
          "'%s' is '%s', a moment like 2026-01-31T12:00:00Z is expected".formatted(name, text));
      return null;
    }
  }

  /** A value that has a type of its own; null if it is not there. */
  <T> @Nullable T value(String name, Function<String, T> type) {
    String text = text(name);
    try {
      return text == null ? null : type.apply(text);
    } catch (InvalidName e) {
      problems.add("'%s': %s".formatted(name, e.getMessage()));
      return null;
    }
  }

  /** One of several words; null if it is not there. */
  <T extends Enum<T>> @Nullable T word(String name, Class<T> type) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    for (T constant : type.getEnumConstants()) {
      if (constant.name().equals(text)) {
        return constant;
      }
    }
    problems.add(
        "'%s' is '%s', one of %s is expected"
            .formatted(name, text, List.of(type.getEnumConstants())));
    return null;
  }

  /** Where a list goes on that was begun before; null is its beginning. */
  @Nullable Cursor cursor() {
    return value("cursor", Cursor::parse);
  }

  /** The same of a list of what is numbered, the newest first: what comes before this number. */
  long before() {
    Cursor cursor = cursor();
    if (cursor == null) {
      return Long.MAX_VALUE;
    }
    try {
      return cursor.number();
    } catch (InvalidName e) {
      problems.add("'cursor': " + e.getMessage());
      return 0;
    }
  }

  /** Refuses the request if anything of it was wrong. */
  void check() {
    for (String name : query.keySet()) {
      if (!known.contains(name)) {
        problems.add(
            "'%s' is no parameter here, %s"
                .formatted(
                    UNFIT
                        .matcher(name.substring(0, Math.min(LONGEST, name.length())))
                        .replaceAll("?"),
                    known.isEmpty() ? "there are none" : "there are " + String.join(", ", known)));
      }
    }
    if (!problems.isEmpty()) {
      throw new Refusal(HttpStatus.BAD_REQUEST, String.join("; ", problems) + ".");
    }
  }
}
