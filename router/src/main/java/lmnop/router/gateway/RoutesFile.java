package lmnop.router.gateway;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import lmnop.router.resolve.HostName;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;
import org.springframework.cloud.gateway.filter.FilterDefinition;
import org.springframework.cloud.gateway.handler.predicate.PredicateDefinition;
import org.springframework.cloud.gateway.route.RouteDefinition;

/**
 * Operators' routes as they are written: what YAML and keys can tell of them. Every value is text,
 * no alias is followed, nothing is ever evaluated.
 */
final class RoutesFile {
  private static final int LONGEST = 1 << 20; // characters
  private static final int NO_ALIAS = 0;
  private static final Set<String> KEYS =
      new TreeSet<>(
          Set.of(
              "id",
              "hosts",
              "before-functions",
              "order",
              "uri",
              "predicates",
              "filters",
              "metadata"));
  private static final Set<String> TIMES = Set.of("response-timeout", "connect-timeout");

  /** A route as it is written. */
  record Written(RouteDefinition definition, List<String> hosts, boolean beforeFunctions) {}

  private final List<String> problems;
  private final List<Written> routes = new ArrayList<>();

  private RoutesFile(List<String> problems) {
    this.problems = problems;
  }

  /** Reads a file's text; what does not fit is added to the problems. */
  static List<Written> read(String text, List<String> problems) {
    RoutesFile file = new RoutesFile(problems);
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel("gateway.routes")
            .setSchema(new FailsafeSchema())
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(NO_ALIAS)
            .setCodePointLimit(LONGEST)
            .build();
    try {
      file.document(new Load(settings).loadFromString(text));
    } catch (YamlEngineException e) {
      problems.add("it is not YAML: " + String.valueOf(e.getMessage()).strip());
    }
    return file.routes;
  }

  private void document(@Nullable Object document) {
    if (document == null) {
      return;
    }
    Map<?, ?> top = map(document, "the file");
    for (Object key : top.keySet()) {
      if (!key.equals("routes")) {
        problems.add("'%s' is not a key; there is 'routes'".formatted(key));
      }
    }
    int number = 0;
    Set<String> ids = new TreeSet<>(Set.of(Gateway.PORTAL));
    for (Object route : list(top.get("routes"), "routes")) {
      number++;
      int before = problems.size();
      Written written = route(map(route, "route " + number), number);
      if (written != null && !ids.add(written.definition().getId())) {
        problems.add(
            "route %d: the id '%s' is taken".formatted(number, written.definition().getId()));
      }
      if (written != null && problems.size() == before) {
        routes.add(written);
      }
    }
  }

  private @Nullable Written route(Map<?, ?> route, int number) {
    String id = text(route.get("id"));
    String where = "route %d%s: ".formatted(number, id == null ? "" : " '" + id + "'");
    refuseExpressions(route, where);
    for (Object key : route.keySet()) {
      if (!KEYS.contains(String.valueOf(key))) {
        problems.add(
            where + "'%s' is not a key; there are %s".formatted(key, String.join(", ", KEYS)));
      }
    }
    if (id == null || !id.matches("[a-z0-9][a-z0-9-]{0,62}")) {
      problems.add(where + "id must be a name of small letters, digits and '-'");
      return null;
    }
    RouteDefinition definition = new RouteDefinition();
    definition.setId(id);
    definition.setUri(uri(text(route.get("uri")), where));
    definition.setOrder(order(text(route.get("order")), where));
    definition.setPredicates(predicates(route.get("predicates"), where));
    definition.setFilters(filters(route.get("filters"), where));
    definition.setMetadata(metadata(route.get("metadata"), where));
    String before = text(route.get("before-functions"));
    if (before != null && !before.equals("true") && !before.equals("false")) {
      problems.add(where + "before-functions is true or false, not '%s'".formatted(before));
    }
    return new Written(definition, hosts(route.get("hosts"), where), Boolean.parseBoolean(before));
  }

  /** No value is ever handed on that Spring would evaluate. */
  private void refuseExpressions(@Nullable Object value, String where) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, inner) -> {
        refuseExpressions(key, where);
        refuseExpressions(inner, where);
      });
    } else if (value instanceof List<?> list) {
      list.forEach(inner -> refuseExpressions(inner, where));
    } else if (value != null && value.toString().contains("#{")) {
      problems.add(where + "'%s' is an expression; values are taken as written".formatted(value));
    }
  }

  private URI uri(@Nullable String text, String where) {
    String expected = "http://, https:// or function://";
    try {
      URI uri = URI.create(text == null ? "" : text);
      if (text != null && text.startsWith(Called.SCHEME + ":")) {
        if (Called.of(uri) == null) {
          problems.add(
              where + "'%s' is not function://NAME or function://OWNER/NAME".formatted(text));
        }
        return uri;
      }
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean path = uri.getRawPath() != null && uri.getRawPath().length() > 1;
      if (!http || uri.getHost() == null || uri.getRawUserInfo() != null || path) {
        problems.add(
            where + "the uri '%s' must be %s with a host, and no path".formatted(text, expected));
      }
      return uri;
    } catch (IllegalArgumentException e) {
      problems.add(where + "the uri '%s' must be %s".formatted(text, expected));
      return URI.create("http://invalid");
    }
  }

  private int order(@Nullable String text, String where) {
    try {
      return text == null ? 0 : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      problems.add(where + "order = '%s' is not a number".formatted(text));
      return 0;
    }
  }

  private List<String> hosts(@Nullable Object value, String where) {
    List<String> hosts = new ArrayList<>();
    for (Object one : list(value, where + "hosts")) {
      String text = String.valueOf(one);
      boolean wild = text.startsWith("*.");
      HostName host = HostName.parse(wild ? text.substring(2) : text);
      if (host == null || text.contains(":") || (wild && host.bareAddress())) {
        problems.add(
            where + "'%s' is no host; one is www.example.com, *.example.com".formatted(text));
      } else {
        hosts.add((wild ? "*." : "") + host.name());
      }
    }
    return hosts;
  }

  private List<PredicateDefinition> predicates(@Nullable Object value, String where) {
    List<PredicateDefinition> all = new ArrayList<>();
    for (Object one : list(value, where + "predicates")) {
      parts(
          one,
          where + "predicate ",
          shortcut -> all.add(new PredicateDefinition(shortcut)),
          (name, arguments) -> {
            PredicateDefinition made = new PredicateDefinition();
            made.setName(name);
            made.setArgs(arguments);
            all.add(made);
          });
    }
    return all;
  }

  private List<FilterDefinition> filters(@Nullable Object value, String where) {
    List<FilterDefinition> all = new ArrayList<>();
    for (Object one : list(value, where + "filters")) {
      parts(
          one,
          where + "filter ",
          shortcut -> all.add(new FilterDefinition(shortcut)),
          (name, arguments) -> {
            FilterDefinition made = new FilterDefinition();
            made.setName(name);
            made.setArgs(arguments);
            all.add(made);
          });
    }
    return all;
  }

  /** One predicate or filter, {@code Name=a,b} or with {@code name} and {@code args}. */
  private void parts(
      Object one,
      String where,
      java.util.function.Consumer<String> shortcut,
      BiConsumer<String, Map<String, String>> full) {
    if (!(one instanceof Map<?, ?> map)) {
      try {
        shortcut.accept(String.valueOf(one));
      } catch (RuntimeException e) {
        problems.add(where + "'%s' is not Name=value,value".formatted(one));
      }
      return;
    }
    for (Object key : map.keySet()) {
      if (!key.equals("name") && !key.equals("args")) {
        problems.add(where + "'%s' is not a key; there are args, name".formatted(key));
      }
    }
    String name = text(map.get("name"));
    if (name == null) {
      problems.add(where + "name is missing");
      return;
    }
    Map<String, String> arguments = new LinkedHashMap<>();
    Object given = map.get("args");
    if (given != null) {
      map(given, where + "args")
          .forEach((key, value) -> flat(String.valueOf(key), value, arguments));
    }
    full.accept(name, arguments);
  }

  /** Writes lists and maps inside as the keys of one map, as Spring's own files are read. */
  private static void flat(String key, @Nullable Object value, Map<String, String> into) {
    if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        flat(key + "[" + i + "]", list.get(i), into);
      }
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((inner, its) -> flat(key + "." + inner, its, into));
    } else {
      into.put(key, value == null ? "" : value.toString());
    }
  }

  private Map<String, Object> metadata(@Nullable Object value, String where) {
    Map<String, Object> metadata = new HashMap<>();
    if (value != null) {
      map(value, where + "metadata")
          .forEach((key, its) -> metadata.put(String.valueOf(key), String.valueOf(its)));
    }
    for (String key : TIMES) {
      Object time = metadata.get(key);
      if (time != null && !time.toString().matches("-1|\\d{1,9}")) {
        problems.add(where + "%s = '%s' is not a number of milliseconds".formatted(key, time));
      }
    }
    return metadata;
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  private Map<?, ?> map(Object value, String what) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    problems.add("%s must have keys, and is '%s'".formatted(what, value));
    return Map.of();
  }

  private List<?> list(@Nullable Object value, String what) {
    if (value == null) {
      return List.of();
    }
    if (value instanceof List<?> list) {
      return list;
    }
    problems.add("%s must be a list, and is '%s'".formatted(what, value));
    return List.of();
  }
}
