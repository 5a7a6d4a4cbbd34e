package lmnop.controlplane.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.configuration.FunctionFile;
import lmnop.controlplane.configuration.InvalidConfiguration;
import lmnop.controlplane.configuration.KnownSecrets;
import lmnop.controlplane.configuration.Problem;
import lmnop.controlplane.configuration.Source;
import lmnop.controlplane.web.Refusal;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.json.JsonMapper;

/** A deployment read by the rules of a {@code function.yml}: the same keys under other names. */
final class DeploymentRules {
  /** What stands where a build would name its template. */
  static final String TEMPLATE = "image";

  /** What the labels and annotations of the platform begin with. */
  private static final String OURS = "lmnop.";

  private static final String COMMAND = "fprocess"; // what OpenFaaS's watchdog starts

  /** No commit, so that nothing in one can be named. */
  private static final Source NOTHING =
      new Source() {
        @Override
        public Optional<String> folder(String path) {
          return Optional.empty();
        }

        @Override
        public Optional<String> named(String path) {
          return Optional.empty();
        }

        @Override
        public Optional<byte[]> file(String path) {
          return Optional.empty();
        }
      };

  private DeploymentRules() {}

  /** The same without what the platform says of a function, and who read that sends back. */
  static FunctionDeployment without(FunctionDeployment sent) {
    return new FunctionDeployment(
        sent.service(),
        sent.image(),
        null,
        sent.envProcess(),
        sent.envVars(),
        sent.constraints(),
        sent.secrets(),
        theirs(sent.labels()),
        theirs(sent.annotations()),
        sent.limits(),
        sent.requests(),
        sent.readOnlyRootFilesystem());
  }

  private static Map<String, String> theirs(@Nullable Map<String, String> map) {
    Map<String, String> theirs = new TreeMap<>(Objects.requireNonNullElse(map, Map.of()));
    theirs.keySet().removeIf(key -> key.startsWith(OURS));
    return theirs;
  }

  /** Reads it, or says all that is wrong with it. */
  static FunctionConfiguration configuration(FunctionDeployment sent, KnownSecrets secrets) {
    try {
      return FunctionFile.parse(
          "deployment",
          sent.service(),
          JsonMapper.shared().writeValueAsBytes(file(sent)),
          Set.of(TEMPLATE),
          secrets,
          NOTHING);
    } catch (InvalidConfiguration e) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST,
          e.problems().stream().map(Problem::message).collect(Collectors.joining("; ")) + ".");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> file(FunctionDeployment sent) {
    Map<String, Object> file = new LinkedHashMap<>();
    file.put("template", TEMPLATE);
    Map<String, String> environment =
        new TreeMap<>(Objects.requireNonNullElse(sent.envVars(), Map.of()));
    String command = sent.envProcess();
    if (command != null && !command.isBlank()) {
      environment.put(COMMAND, command);
    }
    file.put("environment", environment);
    if (sent.secrets() != null) {
      file.put("secrets", sent.secrets());
    }
    file.put("labels", Objects.requireNonNullElse(sent.labels(), Map.of()));
    file.put("annotations", Objects.requireNonNullElse(sent.annotations(), Map.of()));
    put(file, "limits", sent.limits());
    put(file, "requests", sent.requests());
    return file;
  }

  private static void put(
      Map<String, Object> file, String key, @Nullable FunctionResources resources) {
    if (resources == null) {
      return;
    }
    Map<String, String> said = new LinkedHashMap<>();
    put(said, "memory", resources.memory());
    put(said, "cpu", resources.cpu());
    file.put(key, said);
  }

  private static void put(Map<String, String> said, String key, @Nullable String value) {
    if (value != null && !value.isBlank()) {
      said.put(key, value);
    }
  }
}
