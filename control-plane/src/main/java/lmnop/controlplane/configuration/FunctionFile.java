package lmnop.controlplane.configuration;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import lmnop.controlplane.configuration.FunctionConfiguration.Concurrency;
import lmnop.controlplane.configuration.FunctionConfiguration.Resources;
import lmnop.controlplane.configuration.FunctionConfiguration.Scale;
import lmnop.controlplane.configuration.FunctionConfiguration.Timeout;
import lmnop.controlplane.configuration.Values.Rule;
import lmnop.registry.table.RoutePolicy.Access;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** {@code function.yml}, key by key. */
public final class FunctionFile {
  /** Where it lies in a repository. */
  public static final String NAME = "function.yml";

  /** What to tell somebody who has none. */
  public static final List<String> EXAMPLE =
      List.of(
          "There is no function.yml at the top of this commit. Write one, for example:",
          "",
          "    template: python3",
          "    limits:",
          "      memory: 128Mi",
          "");

  private static final List<String> KEYS =
      List.of(
          "template",
          "requests",
          "limits",
          "environment",
          "secrets",
          "options",
          "scale",
          "timeout",
          "concurrency",
          "http",
          "health",
          "access",
          "labels",
          "annotations",
          "preview",
          "build");
  private static final Set<String> LATER = Set.of("routes", "topics", "schedule", "job");

  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(24);
  private static final int MOST_INSTANCES = 100;
  private static final int MOST_REQUESTS = 10_000;

  private static final Rule ANY = text -> null;
  private static final Rule VARIABLE =
      Rule.of(
              Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,254}"),
              "a name has letters, digits, '_', '.' and '-', and does not begin with a digit")
          .and(text ->
              text.equals("PORT") || text.startsWith("LMNOP_")
                  ? "the platform sets this one itself"
                  : null);
  private static final Rule OPTION =
      Rule.of(
          Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,62}"),
          "a name has letters, digits, '_', '.' and '-', and does not begin with a digit");
  private static final Rule ONE_LINE =
      Rule.of(Pattern.compile("\\P{Cc}{0,1000}"), "write one line of at most 1000 characters");
  private static final Rule SECRET =
      Rule.of(
          Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"),
          "a secret's name has a to z, 0 to 9, '-' and '.', as in database-password");
  private static final Rule PATH =
      Rule.of(Pattern.compile("/[!-\\[\\]-~]{0,254}"), "write a path, as /health, without spaces");
  private static final Rule LABEL_KEY =
      Rule.of(
              Pattern.compile(
                  "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?"
                      + "[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"),
              "a key has letters, digits, '-', '_' and '.', at most 63, and a domain and '/' before"
                  + " it if you like")
          .and(text ->
              text.startsWith("lmnop.") || text.startsWith("lmnop/")
                  ? "the platform sets these itself"
                  : null);
  private static final Rule LABEL =
      Rule.of(
          Pattern.compile("([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?"),
          "a label has letters, digits, '-', '_' and '.', at most 63");

  private final Problems problems;
  private final Values values;
  private final Collection<String> templates;
  private final KnownSecrets secrets;
  private final Source source;

  FunctionFile(
      Collection<String> templates, KnownSecrets secrets, Problems problems, Source source) {
    this.templates = new TreeSet<>(templates);
    this.secrets = secrets;
    this.problems = problems;
    this.values = new Values(problems);
    this.source = source;
  }

  /**
   * Reads a file.
   *
   * @param path of the file in the repository
   * @param function whose it is
   * @param templates the names of all there are
   * @param source the commit that it lies in
   * @throws InvalidConfiguration with everything that is wrong
   */
  public static FunctionConfiguration parse(
      String path,
      String function,
      byte[] content,
      Set<String> templates,
      KnownSecrets secrets,
      Source source)
      throws InvalidConfiguration, IOException {
    Problems problems = new Problems(path);
    FunctionFile file = new FunctionFile(templates, secrets, problems, source);
    Section keys = Yaml.read(path, content).map(file::keys).orElseGet(Section::empty);
    Node template = keys.get("template");
    if (template == null) {
      problems.addAtTop(
          "`template` is missing: write `template: NAME` with one of " + file.known());
    }
    FunctionConfiguration configuration =
        file.configuration(
            function,
            keys,
            template == null ? "" : file.template(template, "template"),
            RepositoryPath.folderOf(path));
    problems.throwIfAny();
    return configuration;
  }

  /** The keys of a file, with what its labels and annotations say in their place. */
  Section keys(Node root) {
    return Section.of(LabelSettings.inPlace(root, problems), "", KEYS, LATER, problems);
  }

  FunctionConfiguration configuration(String function, Section keys, String template, String folder)
      throws IOException {
    Asked requests = asked(keys.get("requests"), "requests.");
    Asked limits = asked(keys.get("limits"), "limits.");
    List<String> secrets = secrets(keys.get("secrets"), function);
    Access access = access(keys.get("access"));
    return new FunctionConfiguration(
        template,
        requests(requests, limits),
        limits(requests, limits),
        values.map(keys.get("environment"), "environment", VARIABLE, ANY),
        secrets,
        values.map(keys.get("options"), "options", OPTION, ONE_LINE),
        scale(keys.get("scale")),
        timeout(keys.get("timeout")),
        concurrency(keys.get("concurrency")),
        new HttpSection(problems, values).read(keys.get("http")),
        values.checked(keys.get("health"), "health", PATH),
        values.map(keys.get("labels"), "labels", LABEL_KEY, LABEL),
        values.map(keys.get("annotations"), "annotations", LABEL_KEY, ANY),
        access,
        new PreviewSection(problems, values).read(keys.get("preview"), access, secrets),
        new BuildSection(problems, values, source).read(keys.get("build"), folder));
  }

  /** Those that cannot be read are listed too, so that nobody is told that they are not there. */
  private List<String> secrets(@Nullable Node node, String function) {
    List<String> names = values.list(node, "secrets", SECRET);
    if (node instanceof SequenceNode sequence) {
      for (Node element : sequence.getValue()) {
        String name = element instanceof ScalarNode scalar ? scalar.getValue() : "";
        String problem = names.contains(name) ? secrets.problem(function, name) : null;
        if (problem != null) {
          problems.add(element, "`secrets` is '%s'; %s", name, problem);
        }
      }
    }
    return names;
  }

  /** The template that a value names. */
  String template(Node node, String what) {
    String text = values.text(node, what);
    String name = text == null ? "" : text.strip();
    if (text != null && !templates.contains(name)) {
      problems.add(node, "there is no template '%s'; available are %s", name, known());
    }
    return name;
  }

  /** The names of all templates. */
  String known() {
    return String.join(", ", templates);
  }

  private @Nullable Access access(@Nullable Node node) {
    String access = values.text(node, "access");
    if (node == null || access == null) {
      return null;
    }
    return switch (access) {
      case "public" -> null;
      case "token" -> Access.TOKEN;
      case "internal" -> Access.INTERNAL;
      default -> {
        problems.add(node, "`access` is '%s'; write public, token or internal", access);
        yield null;
      }
    };
  }

  /** What stands under {@code requests} or {@code limits}; null for what does not. */
  private record Asked(
      @Nullable Node cpuNode,
      @Nullable Integer cpu,
      @Nullable Node memoryNode,
      @Nullable Integer memory) {}

  private Asked asked(@Nullable Node node, String name) {
    if (node == null) {
      return new Asked(null, null, null, null);
    }
    Section keys = Section.of(node, name, List.of("cpu", "memory"), Set.of(), problems);
    return new Asked(
        keys.get("cpu"),
        values.millicores(keys.get("cpu"), name + "cpu", 50, 1000),
        keys.get("memory"),
        values.mebibytes(keys.get("memory"), name + "memory", 32, 4096));
  }

  private Resources requests(Asked requests, Asked limits) {
    Resources usual = Resources.DEFAULT_REQUESTS;
    if (requests.cpu() != null && limits.cpu() != null && requests.cpu() > limits.cpu()) {
      problems.add(
          Objects.requireNonNull(requests.cpuNode()),
          "`requests.cpu` is %dm, more than `limits.cpu`, which is %dm",
          requests.cpu(),
          limits.cpu());
    }
    if (requests.memory() != null
        && limits.memory() != null
        && requests.memory() > limits.memory()) {
      problems.add(
          Objects.requireNonNull(requests.memoryNode()),
          "`requests.memory` is %dMi, more than `limits.memory`, which is %dMi",
          requests.memory(),
          limits.memory());
    }
    return new Resources(
        lower(requests.cpu(), usual.cpuMillicores(), limits.cpu()),
        lower(requests.memory(), usual.memoryMebibytes(), limits.memory()));
  }

  /** A request that nobody wrote is never more than the limit that somebody did write. */
  private static int lower(@Nullable Integer request, int usual, @Nullable Integer limit) {
    if (request != null) {
      return request;
    }
    return limit == null ? usual : Math.min(usual, limit);
  }

  private static Resources limits(Asked requests, Asked limits) {
    Resources usual = Resources.DEFAULT_LIMITS;
    return new Resources(
        higher(limits.cpu(), usual.cpuMillicores(), requests.cpu()),
        higher(limits.memory(), usual.memoryMebibytes(), requests.memory()));
  }

  /** A limit that nobody wrote is never less than the request that somebody did write. */
  private static int higher(@Nullable Integer limit, int usual, @Nullable Integer request) {
    if (limit != null) {
      return limit;
    }
    return request == null ? usual : Math.max(usual, request);
  }

  private Scale scale(@Nullable Node node) {
    if (node == null) {
      return Scale.DEFAULT;
    }
    Section keys =
        Section.of(node, "scale.", List.of("min", "max", "target", "idle"), Set.of(), problems);
    Integer min = values.integer(keys.get("min"), "scale.min", 0, MOST_INSTANCES);
    Integer max = values.integer(keys.get("max"), "scale.max", 1, MOST_INSTANCES);
    if (min != null && max != null && min > max) {
      problems.add(node, "`scale.min` is %d, more than `scale.max`, which is %d", min, max);
    }
    return new Scale(
        min,
        max,
        values.integer(keys.get("target"), "scale.target", 1, MOST_REQUESTS),
        values.duration(keys.get("idle"), "scale.idle", Duration.ofSeconds(1), LONGEST));
  }

  private Timeout timeout(@Nullable Node node) {
    if (node == null) {
      return Timeout.DEFAULT;
    }
    if (!(node instanceof MappingNode)) {
      return new Timeout(time(node, "timeout"), null, null);
    }
    Section keys =
        Section.of(node, "timeout.", List.of("total", "first-byte", "idle"), Set.of(), problems);
    Duration total = time(keys.get("total"), "timeout.total");
    return new Timeout(
        total,
        notLonger(keys.get("first-byte"), "timeout.first-byte", total),
        notLonger(keys.get("idle"), "timeout.idle", total));
  }

  private @Nullable Duration time(@Nullable Node node, String what) {
    return values.duration(node, what, SHORTEST, LONGEST);
  }

  private @Nullable Duration notLonger(@Nullable Node node, String what, @Nullable Duration total) {
    Duration time = time(node, what);
    if (node != null && time != null && total != null && time.compareTo(total) > 0) {
      problems.add(
          node,
          "`%s` is %s, longer than `timeout.total`, which is %s, so it would never count",
          what,
          Values.written(time),
          Values.written(total));
    }
    return time;
  }

  private Concurrency concurrency(@Nullable Node node) {
    if (node == null) {
      return Concurrency.DEFAULT;
    }
    Section keys = Section.of(node, "concurrency.", List.of("limit", "queue"), Set.of(), problems);
    return new Concurrency(
        values.integer(keys.get("limit"), "concurrency.limit", 1, MOST_REQUESTS),
        values.integer(keys.get("queue"), "concurrency.queue", 0, MOST_REQUESTS));
  }
}
