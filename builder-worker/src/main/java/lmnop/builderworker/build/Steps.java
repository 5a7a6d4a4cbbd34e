package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import lmnop.builderworker.artifact.DependencyCache;
import lmnop.builderworker.registries.Registries;
import lmnop.builderworker.registries.RegistryProxy;
import lmnop.builderworker.sandbox.Command;
import lmnop.builderworker.sandbox.Ended;
import lmnop.builderworker.sandbox.Sandbox;
import lmnop.templates.Template;
import org.jspecify.annotations.Nullable;

/** Runs the steps that templates name, in the sandbox, and says in words how one failed. */
final class Steps {
  /** Where an instance has its code; steps see it at the same place. */
  static final String HOME = "/home/lmnop";

  private static final Duration CHECK_TIME = Duration.ofSeconds(30);
  private static final Pattern NEVER = Pattern.compile("(?!)");

  private final Sandbox sandbox;
  private final Registries registries;
  private final StepLimits limits;

  Steps(Sandbox sandbox, Registries registries, StepLimits limits) {
    this.sandbox = sandbox;
    this.registries = registries;
    this.limits = limits;
  }

  /** What one step may use up. */
  StepLimits limits() {
    return limits;
  }

  /** Runs the build steps of a function's template that apply to it. */
  void run(Build build, FunctionBuild function)
      throws BuildFailure, IOException, InterruptedException {
    for (Template.Step step : function.template().template().build()) {
      if (applies(step, build, function)) {
        build.checkLease();
        List<Command.Place> places = places(build, function);
        DependencyCache.Held dependencies = function.dependencies();
        if (dependencies != null) {
          places.add(
              new Command.Place(
                  "DEPENDENCIES", dependencies.tree(), HOME + "/" + CodeLayer.DEPENDENCIES, false));
        }
        places.add(new Command.Place("CODE", function.code(), HOME, true));
        run(build, function, step, places);
      }
    }
  }

  private static boolean applies(Template.Step step, Build build, FunctionBuild function) {
    String when = step.when();
    return when == null
        || Files.exists(build.workspace().sourceOf(function.order()).resolve(when))
        || Files.exists(function.code().resolve(when));
  }

  /** The places that every step sees. */
  List<Command.Place> places(Build build, FunctionBuild function) {
    Path source = build.workspace().sourceOf(function.order());
    return new ArrayList<>(
        List.of(
            new Command.Place("SOURCE", source, "/source", false),
            new Command.Place("TEMPLATE", function.template().path(), "/template", false)));
  }

  /** Runs one step with the given places. */
  void run(Build build, FunctionBuild function, Template.Step step, List<Command.Place> places)
      throws BuildFailure, IOException, InterruptedException {
    run(build, function, step, places, Command.Rights.ORDINARY);
  }

  /** Runs one step that has more rights than others, perhaps. */
  void run(
      Build build,
      FunctionBuild function,
      Template.Step step,
      List<Command.Place> places,
      Command.Rights rights)
      throws BuildFailure, IOException, InterruptedException {
    Trouble trouble = new Trouble(step.registryTrouble());
    String about = build.about(function);
    Consumer<String> lines =
        line -> {
          trouble.look(line);
          build.log().output(Stage.TEMPLATE, about + line);
        };
    boolean fetches = step.network() == Template.Network.REGISTRIES;
    try (RegistryProxy proxy = fetches ? proxy(function, lines) : null) {
      Command command =
          new Command(
              step.name(),
              step.run(),
              step.startIn(),
              fetches ? withNamedFiles(places) : places,
              environment(function, fetches, places),
              rights,
              Optional.ofNullable(proxy).map(RegistryProxy::socket),
              limits(limits.time()));
      Ended ended = sandbox.run(command, lines);
      if (proxy != null && !proxy.summary().isEmpty()) {
        build.say(Stage.TEMPLATE, function, step.name() + ": " + proxy.summary());
      }
      if (!ended.isGood()) {
        refused(about + step.name(), ended, proxy);
        trouble.seen |= proxy != null && proxy.metTrouble();
        throw failure(about + step.name(), step, ended, trouble);
      }
    }
  }

  /** The only way out of a step; where the machine cannot close the others there is none. */
  private @Nullable RegistryProxy proxy(FunctionBuild function, Consumer<String> lines)
      throws IOException {
    return sandbox.closesNetwork()
        ? registries.open(
            function.order().template(), function.template().template().registries(), lines)
        : null;
  }

  private Command.Limits limits(Duration time) {
    return new Command.Limits(
        time,
        limits.memory(),
        limits.processes(),
        limits.fileSize(),
        limits.disk(),
        limits.output());
  }

  /** A step that failed after it was refused a host most likely failed because of that. */
  private static void refused(String name, Ended ended, @Nullable RegistryProxy proxy)
      throws BuildFailure {
    if (proxy != null && ended.how() == Ended.How.EXITED && !proxy.refused().isEmpty()) {
      throw BuildFailure.user(
          "%s was refused %s and failed with exit code %d; fetch from elsewhere: %s"
              .formatted(
                  name, String.join(", ", proxy.refused()), ended.exitCode(), proxy.words()));
    }
  }

  /** Runs a script that only looks, and says whether it liked what it saw. */
  boolean tryOut(FunctionBuild function, String script, List<Command.Place> places)
      throws IOException, InterruptedException {
    Command command =
        new Command(
            "a check",
            script,
            "SOURCE",
            places,
            environment(function, false, places),
            Optional.empty(),
            limits(CHECK_TIME));
    return sandbox.run(command, line -> {}).isGood();
  }

  private Map<String, String> environment(
      FunctionBuild function, boolean fetches, List<Command.Place> places) {
    Map<String, String> environment = new HashMap<>();
    // What a step leaves in its home is kept if it changes the code, as it would be in an image.
    String home =
        places.stream()
            .filter(place -> place.name().equals("CODE"))
            .map(sandbox::shown)
            .findFirst()
            .orElse("/tmp");
    environment.put("HOME", home);
    environment.put("XDG_CACHE_HOME", "/tmp/.cache");
    environment.put("PYTHONHASHSEED", "0"); // Python's compiler gives the same bytes each time
    environment.put("PYTHONDONTWRITEBYTECODE", "1");
    environment.put("PYTHONUNBUFFERED", "1");
    environment.put("SOURCE_DATE_EPOCH", "315532800"); // 1980: the first that zip files can hold
    function.options().forEach((name, value) -> environment.put(Options.variable(name), value));
    if (fetches) {
      environment.putAll(registries.environment(sandbox.closesNetwork()));
    }
    return environment;
  }

  /** Files and directories that the environment names are visible where they are. */
  private List<Command.Place> withNamedFiles(List<Command.Place> places) {
    List<Command.Place> all = new ArrayList<>();
    int number = 0;
    for (String value : registries.environment(sandbox.closesNetwork()).values()) {
      for (String word : value.split("\\s+", -1)) {
        if (word.startsWith("/") && word.length() > 1 && Files.exists(Path.of(word))) {
          all.add(new Command.Place("NAMED_" + number++, Path.of(word), word, false));
        }
      }
    }
    all.addAll(places);
    return all;
  }

  private BuildFailure failure(String name, Template.Step step, Ended ended, Trouble trouble) {
    return switch (ended.how()) {
      case OUT_OF_TIME ->
          BuildFailure.user(
              "%s took longer than %s, the time of one step here, and was ended; make it shorter and push again"
                  .formatted(name, Times.text(limits.time())));
      case OUT_OF_MEMORY ->
          BuildFailure.user(
              "%s needed more than the %d MiB of memory that a build step gets; make it need less"
                  .formatted(name, limits.memory() >> 20));
      case OUT_OF_DISK ->
          BuildFailure.user(
              "%s wrote more than the %d MiB that a build step may add to the disk; make it write less"
                  .formatted(name, limits.disk() >> 20));
      case OUT_OF_OUTPUT ->
          BuildFailure.user(
              "%s printed more than the %d MiB that a build step may print; make it print less"
                  .formatted(name, limits.output() >> 20));
      case EXITED ->
          trouble.seen
              ? BuildFailure.platform(
                  name
                      + " could not reach a registry: push again later, and if that does not help"
                      + " tell the operator of this platform")
              : BuildFailure.user(exitSentence(name, step, ended.exitCode()));
    };
  }

  private static String exitSentence(String name, Template.Step step, int exitCode) {
    String remedy = step.remedy().isEmpty() ? "" : "; " + step.remedy();
    return switch (exitCode) {
      case 126 -> name + " is not executable, or what runs it is missing (exit code 126)" + remedy;
      case 127 -> name + " calls a program that is not there (exit code 127)" + remedy;
      default ->
          exitCode > 128
              ? "%s was ended by signal %d%s".formatted(name, exitCode - 128, remedy)
              : "%s failed with exit code %d, the lines above say why%s"
                  .formatted(name, exitCode, remedy);
    };
  }

  /** Looks in a step's output for signs that the network failed, not the function. */
  private static final class Trouble {
    private final Pattern signs;
    private volatile boolean seen;

    Trouble(@Nullable String signs) {
      this.signs = signs == null ? NEVER : Pattern.compile(signs);
    }

    void look(String line) {
      if (!seen && signs.matcher(line).find()) {
        seen = true;
      }
    }
  }
}
