package lmnop.controlplane.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The published schemas and the readers know the same keys, and judge the same files alike. */
class SchemaTest {
  private static final Path SCHEMAS = Path.of("../docs/schema");
  private static final Path EXAMPLES = Path.of("../examples");
  private static final String NO_KEY = "zzzzzzzzzzzz";
  private static final Pattern KNOWN =
      Pattern.compile("`[^`]*" + NO_KEY + "` is not a key; known are (.*)");
  private static final Set<String> TEMPLATES = Set.of("python3", "static", "node", "go");

  private static final File FUNCTION = File.of("function.json");
  private static final File STACK = File.of("stack.json");

  /** A file that is read, and its schema. */
  private record File(String name, String text, Schema schema) {
    static File of(String name) {
      try {
        String text = Files.readString(SCHEMAS.resolve(name));
        Schema schema = SchemaRegistry.withDialect(Dialects.getDraft202012()).getSchema(text);
        return new File(name, text, schema);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    JsonNode tree() {
      return JsonMapper.shared().readTree(text);
    }

    boolean schemaAccepts(String yaml) {
      Object content = new Load(LoadSettings.builder().build()).loadFromString(yaml);
      return schema
          .validate(JsonMapper.shared().writeValueAsString(content), InputFormat.JSON)
          .isEmpty();
    }

    List<String> problems(String yaml) {
      byte[] content = yaml.getBytes(StandardCharsets.UTF_8);
      try {
        if (name.equals("function.json")) {
          FunctionFile.parse(
              FunctionFile.NAME,
              "hello",
              content,
              TEMPLATES,
              AllFolders.ANY_SECRET,
              AllFolders.INSTANCE);
        } else {
          StackFile.parse(
              content, TEMPLATES, AllFolders.ANY_SECRET, AllFolders.INSTANCE, note -> {});
        }
        return List.of();
      } catch (InvalidConfiguration e) {
        return e.problems().stream().map(Problem::message).toList();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The keys that the reader knows in a section; empty if it is none. */
    Optional<Set<String>> known(String path) {
      for (String problem : problems(yaml(path))) {
        Matcher matcher = KNOWN.matcher(problem);
        if (matcher.matches()) {
          return Optional.of(new TreeSet<>(List.of(matcher.group(1).split(", ", -1))));
        }
      }
      return Optional.empty();
    }

    private static String yaml(String path) {
      StringBuilder yaml = new StringBuilder();
      int depth = 0;
      for (String key : parts(path)) {
        yaml.append("  ".repeat(depth++)).append(key).append(":\n");
      }
      return yaml.append("  ".repeat(depth)).append(NO_KEY).append(": 1\n").toString();
    }
  }

  /** The keys that a schema has at a path; each may stand for itself, by name, or in a choice. */
  private static Optional<Set<String>> inSchema(JsonNode whole, JsonNode at, List<String> path) {
    if (at.has("$ref")) {
      return inSchema(whole, whole.at(at.path("$ref").asString().substring(1)), path);
    }
    for (JsonNode choice : at.path("anyOf")) {
      Optional<Set<String>> found = inSchema(whole, choice, path);
      if (found.isPresent()) {
        return found;
      }
    }
    if (path.isEmpty()) {
      return at.has("properties")
          ? Optional.of(new TreeSet<>(at.path("properties").propertyNames()))
          : Optional.empty();
    }
    JsonNode next = at.path("properties").path(path.getFirst());
    JsonNode below = next.isMissingNode() ? at.path("additionalProperties") : next;
    return below.isObject()
        ? inSchema(whole, below, path.subList(1, path.size()))
        : Optional.empty();
  }

  private static List<String> parts(String path) {
    return path.isEmpty() ? List.of() : List.of(path.split("/", -1));
  }

  private static void compare(File file, String path, List<String> compared) {
    Optional<Set<String>> read = file.known(path);
    assertThat(inSchema(file.tree(), file.tree(), parts(path)))
        .as("keys of " + path)
        .isEqualTo(read);
    if (read.isPresent()) {
      compared.add(path);
      for (String key : read.get()) {
        compare(file, path.isEmpty() ? key : path + "/" + key, compared);
      }
    }
  }

  @Test
  void theSchemaOfFunctionFilesHasTheKeysThatAreRead() {
    List<String> compared = new ArrayList<>();
    compare(FUNCTION, "", compared);
    assertThat(compared)
        .contains(
            "",
            "limits",
            "scale",
            "timeout",
            "concurrency",
            "http",
            "http/rate",
            "http/cors",
            "preview",
            "build");
  }

  @Test
  void theSchemaOfStackFilesHasTheKeysThatAreRead() {
    List<String> compared = new ArrayList<>();
    compare(STACK, "", compared);
    compare(STACK, "functions/cart", compared);
    assertThat(compared).contains("", "provider", "functions/cart", "functions/cart/limits");
  }

  static Stream<String> goodFunctions() {
    return Stream.of(
        "template: python3",
        "template: python3\nlimits:\n  memory: 256Mi\n  cpu: 500m",
        "template: python3\nlimits: {cpu: 0.5, memory: 1Gi}\nrequests: {cpu: 50m, memory: 64Mi}",
        "template: python3\nenvironment: {GREETING: hello, COUNT: 3, ON: true, EMPTY: ''}",
        "template: python3\nsecrets: [database-password, a.b]",
        "template: python3\noptions: {directory: site, depth: 3}",
        "template: python3\nscale: {min: 0, max: 5, target: 10, idle: 5m}",
        "template: python3\ntimeout: 1m30s",
        "template: python3\ntimeout: {total: 10m, first-byte: 5m, idle: 500ms}",
        "template: python3\nconcurrency: {limit: 1, queue: 0}",
        "template: python3\nhttp: {protocol: h2c, body-limit: 1Mi, rate: 100/s, retries: none}",
        "template: python3\nhttp: {rate: {function: 100/s, client: 5/m}, sticky: cookie}",
        "template: python3\nhttp: {cors: 'https://example.com'}",
        "template: python3\nhttp: {cors: ['https://example.com', 'https://a.example.com:8443']}",
        "template: python3\nhttp:\n  cors:\n    origins: ['https://example.com']\n    methods: [GET]"
            + "\n    headers: [X-Token]\n    credentials: true\n    max-age: 1h",
        "template: python3\nhealth: /ready\naccess: token",
        "template: python3\nlabels: {team: shop, com.openfaas.scale.max: 5}",
        "template: python3\nannotations: {com.lmnop.http.rate: 100/s}",
        "template: python3\npreview: {}",
        "template: python3\nbuild: {root: ./app}",
        "template: python3\nbuild: {root: app, include: [lib/, {from: x.py}, {from: a, to: b/c}]}",
        "template: python3\nsecrets: [a, b]\npreview: {branches: ['feature/*', release],"
            + " lifetime: 48h, access: public, secrets: [a]}");
  }

  @ParameterizedTest
  @MethodSource("goodFunctions")
  void aGoodFunctionFileIsGoodForBoth(String yaml) {
    assertThat(FUNCTION.problems(yaml)).isEmpty();
    assertThat(FUNCTION.schemaAccepts(yaml)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limits: {memory: 64Mi}",
        "template: python3\ntemplat: x",
        "template: [python3]",
        "template: python3\nlimits: {memory: lots}",
        "template: python3\nlimits: {cpu: 7}",
        "template: python3\nlimits: {disk: 1Gi}",
        "template: python3\nenvironment: {PORT: 80}",
        "template: python3\nenvironment: {LMNOP_OWNER: me}",
        "template: python3\nenvironment: {1A: b}",
        "template: python3\nenvironment: {A: }",
        "template: python3\nenvironment: {A: [b]}",
        "template: python3\nenvironment: [A]",
        "template: python3\nsecrets: one",
        "template: python3\nsecrets: [Not_A_Name]",
        "template: python3\nsecrets: [a, a]",
        "template: python3\nscale: {min: -1}",
        "template: python3\nscale: {max: 101}",
        "template: python3\nscale: {least: 1}",
        "template: python3\ntimeout: soon",
        "template: python3\ntimeout: ''",
        "template: python3\ntimeout: {all: 3s}",
        "template: python3\nconcurrency: {limit: 0}",
        "template: python3\nhttp: {protocol: http3}",
        "template: python3\nhttp: {rate: 100}",
        "template: python3\nhttp: {rate: 0/s}",
        "template: python3\nhttp: {cors: example.com}",
        "template: python3\nhttp: {cors: {methods: [get]}}",
        "template: python3\nhttp: {retries: always}",
        "template: python3\nhttp: {compression: true}",
        "template: python3\nhealth: ready",
        "template: python3\naccess: nobody",
        "template: python3\nlabels: {lmnop.owner: me}",
        "template: python3\nlabels: {team: a/b}",
        "template: python3\npreview: true",
        "template: python3\npreview: {branches: feature}",
        "template: python3\npreview: {branches: ['a b']}",
        "template: python3\npreview: {lifetime: always}",
        "template: python3\npreview: {access: nobody}",
        "template: python3\npreview: {secrets: a}",
        "template: python3\npreview: {url: a}",
        "template: python3\nbuild: app",
        "template: python3\nbuild: {root: /app}",
        "template: python3\nbuild: {root: a/../..}",
        "template: python3\nbuild: {include: lib}",
        "template: python3\nbuild: {include: [../lib]}",
        "template: python3\nbuild: {include: [{to: lib}]}",
        "template: python3\nbuild: {include: [{from: lib, into: a}]}",
        "template: python3\nschedule: daily"
      })
  void aBadFunctionFileIsBadForBoth(String yaml) {
    assertThat(FUNCTION.problems(yaml)).isNotEmpty();
    assertThat(FUNCTION.schemaAccepts(yaml)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "functions: {cart: {lang: python3, handler: ./cart}}",
        "version: 1.0\nprovider: {name: openfaas, gateway: 'http://127.0.0.1:8080'}\n"
            + "functions: {cart: {lang: python3, handler: cart, image: 'cart:latest'}}",
        "version: '1.0'\nfunctions:\n  a-b: {lang: go, handler: x/y/, environment: {A: 1}}",
        "functions: {cart: {lang: python3, handler: ., readonly_root_filesystem: true}}"
      })
  void aGoodStackFileIsGoodForBoth(String yaml) {
    assertThat(STACK.problems(yaml)).isEmpty();
    assertThat(STACK.schemaAccepts(yaml)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "version: 1.0",
        "functions: {}",
        "functions: []",
        "version: 2.0\nfunctions: {cart: {lang: python3, handler: ./cart}}",
        "provider: {name: other}\nfunctions: {cart: {lang: python3, handler: ./cart}}",
        "functions: {cart: {lang: python3}}",
        "functions: {cart: {lang: python3, handler: /cart}}",
        "functions: {cart: {lang: python3, handler: ../cart}}",
        "functions: {cart: {lang: python3, handler: a/../cart}}",
        "functions: {cart: {lang: python3, handler: 'a\\b'}}",
        "functions: {Cart: {lang: python3, handler: ./cart}}",
        "functions: {a--b: {lang: python3, handler: ./cart}}",
        "functions: {cart: {lang: python3, handler: ./cart, fprocess: x}}",
        "functions: {cart: {lang: python3, handler: ./cart, limits: {memory: lots}}}",
        "functions: {cart: {lang: python3, handler: ./cart, readonly_root_filesystem: false}}",
        "configuration: {templates: []}\nfunctions: {cart: {lang: python3, handler: ./cart}}"
      })
  void aBadStackFileIsBadForBoth(String yaml) {
    assertThat(STACK.problems(yaml)).isNotEmpty();
    assertThat(STACK.schemaAccepts(yaml)).isFalse();
  }

  static Stream<Path> examples() throws IOException {
    try (Stream<Path> all = Files.walk(EXAMPLES)) {
      return all
          .filter(file ->
              Set.of(FunctionFile.NAME, StackFile.NAME).contains(file.getFileName().toString()))
          .toList()
          .stream(); // the walk is closed
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theExamplesFollowTheSchemaAndNameIt(Path file) throws IOException {
    boolean stack = file.endsWith(StackFile.NAME);
    String yaml = Files.readString(file);
    assertThat((stack ? STACK : FUNCTION).schemaAccepts(yaml)).isTrue();
    assertThat(yaml)
        .startsWith(
            "# yaml-language-server: $schema=http://portal.localhost:8080/schema/"
                + (stack ? "stack" : "function")
                + ".json\n");
  }
}
