package lmnop.controlplane.builds;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.configuration.FunctionConfiguration.Preview;
import lmnop.controlplane.configuration.FunctionConfiguration.Scale;
import lmnop.controlplane.git.Deployer.Push;
import lmnop.registry.names.FunctionName;
import lmnop.registry.table.RoutePolicy.Access;
import org.jspecify.annotations.Nullable;

/** What the pushes of tests say of their functions. */
final class TestPushes {
  private final SortedMap<String, String> environment = new TreeMap<>();
  private List<String> read = List.of();
  private @Nullable Preview preview;
  private SortedMap<String, String> several = new TreeMap<>();
  private Scale scale = Scale.DEFAULT;

  /** From now on what is pushed has this variable. */
  void configure(String variable, String value) {
    environment.put(variable, value);
  }

  /** From now on what is pushed reads this secret. */
  void readSecret(String name) {
    read = List.of(name);
  }

  /** From now on what is pushed says this of previews. */
  void previews(@Nullable Duration lifetime, Access access, String... secretsOfPreviews) {
    preview = new Preview(List.of("*"), lifetime, access, List.of(secretsOfPreviews));
  }

  /** From now on what is pushed asks for so many instances. */
  void scale(Scale next) {
    scale = next;
  }

  /** From now on what is pushed is several functions, each with what it is made of. */
  void functionsAre(SortedMap<String, String> sources) {
    several = sources;
  }

  /** A push of one commit. */
  Push push(long repositoryId, String ref, @Nullable String old, String commit) {
    List<ConfiguredFunction> functions =
        several.isEmpty()
            ? List.of(
                new ConfiguredFunction(
                    new FunctionName("hello"), "", List.of(), configuration(), null))
            : several.entrySet().stream()
                .map(one ->
                    new ConfiguredFunction(
                        new FunctionName(one.getKey()),
                        one.getKey(),
                        List.of(),
                        configuration(),
                        one.getValue()))
                .toList();
    return new Push(
        repositoryId, old == null, "default", "hello", ref, old, commit, "admin", functions);
  }

  private FunctionConfiguration configuration() {
    return new FunctionConfiguration(
        "python3",
        FunctionConfiguration.Resources.DEFAULT_REQUESTS,
        FunctionConfiguration.Resources.DEFAULT_LIMITS,
        new TreeMap<>(environment),
        read,
        new TreeMap<>(),
        scale,
        FunctionConfiguration.Timeout.DEFAULT,
        FunctionConfiguration.Concurrency.DEFAULT,
        FunctionConfiguration.Http.DEFAULT,
        "/ready",
        new TreeMap<>(),
        new TreeMap<>(),
        null,
        preview,
        null);
  }
}
