package lmnop.builderworker.build;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import lmnop.builderworker.artifact.DependencyCache;
import lmnop.builderworker.sandbox.Command;
import lmnop.builderworker.sandbox.Sandbox;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import lmnop.templates.Template;

/**
 * Gives a function its dependencies: those of an earlier build if what declares them is the same,
 * else fetched by the template's step.
 */
final class DependencyStep {
  private static final Duration ASKING = Duration.ofSeconds(10);
  private static final long LARGEST_DECLARATION = 4_000_000; // bytes

  private final Dependencies kept;
  private final Sandbox sandbox;
  private final Steps steps;
  private final Counts counts;
  private final Map<List<String>, String> identities = new ConcurrentHashMap<>();

  /** Told whether dependencies had to be fetched. */
  interface Counts {
    void dependencies(boolean fetched);
  }

  DependencyStep(Dependencies kept, Sandbox sandbox, Steps steps, Counts counts) {
    this.kept = kept;
    this.sandbox = sandbox;
    this.steps = steps;
    this.counts = counts;
  }

  void run(Build build, FunctionBuild function)
      throws BuildFailure, IOException, InterruptedException {
    Template.Dependencies how = function.template().template().dependencies();
    Path source = build.workspace().sourceOf(function.order());
    if (how == null || !isWanted(how, source)) {
      return;
    }
    Digest key = key(function, how, source);
    DependencyCache.Held held =
        kept.layers()
            .<BuildFailure>get(
                build.order().owner(),
                key,
                how.partOf() == Template.PartOf.FUNCTION,
                tree -> fetch(build, function, how, tree));
    function.dependencies(held);
    counts.dependencies(held.fresh());
    build.say(
        Stage.TEMPLATE,
        function,
        (held.fresh() ? "dependencies: fetched, " : "dependencies: unchanged, used again, ")
            + Sizes.text(held.bytes()));
  }

  private static boolean isWanted(Template.Dependencies how, Path source) {
    return how.always() || how.declaredBy().stream().anyMatch(name -> isFile(source, name));
  }

  private static boolean isFile(Path source, String name) {
    return Files.isRegularFile(source.resolve(name));
  }

  private void fetch(Build build, FunctionBuild function, Template.Dependencies how, Path tree)
      throws BuildFailure, IOException, InterruptedException {
    List<Command.Place> places = steps.places(build, function);
    if (how.check() != null) {
      check(build, function, how, places);
    }
    sandbox.give(tree);
    Path source = build.workspace().sourceOf(function.order());
    List<String> declaring = how.declaredBy().stream().filter(f -> isFile(source, f)).toList();
    build.say(
        Stage.TEMPLATE,
        function,
        "dependencies: fetching what "
            + (declaring.isEmpty() ? "the template needs" : String.join(", ", declaring))
            + (declaring.size() > 1 ? " declare" : declaring.isEmpty() ? "" : " declares"));
    places.add(
        new Command.Place("DEPENDENCIES", tree, Steps.HOME + "/" + CodeLayer.DEPENDENCIES, true));
    try (Downloads.Held downloads = kept.downloads().of(build.order().owner())) {
      sandbox.give(downloads.directory());
      places.add(new Command.Place("CACHE", downloads.directory(), "/cache", true));
      steps.run(build, function, how.step(), places);
    }
    LayerCheck.links(tree, "the dependencies");
  }

  private void check(
      Build build, FunctionBuild function, Template.Dependencies how, List<Command.Place> places)
      throws BuildFailure, IOException, InterruptedException {
    if (!steps.tryOut(function, String.valueOf(how.check()), places)) {
      throw BuildFailure.platform(build.about(function) + how.checkFails());
    }
  }

  /** Everything that decides what the dependency step leaves. */
  private Digest key(FunctionBuild function, Template.Dependencies how, Path source)
      throws BuildFailure, IOException, InterruptedException {
    StringBuilder key = new StringBuilder();
    key.append(function.template().digest()).append('\n');
    key.append(function.options()).append('\n');
    key.append(identity(how.identity())).append('\n');
    boolean refersOn = false;
    for (String name : how.declaredBy()) {
      if (isFile(source, name)) {
        String content = declaration(source.resolve(name), name);
        key.append(name).append(' ').append(Digest.of(content)).append('\n');
        refersOn |= refersOn(how, content);
      }
    }
    if (refersOn) {
      key.append(wholeTree(source)).append('\n');
    }
    return Digest.of(key.toString());
  }

  private static String declaration(Path file, String name) throws BuildFailure, IOException {
    if (Files.size(file) > LARGEST_DECLARATION) {
      throw BuildFailure.user(
          "the file %s is larger than %s; make it smaller"
              .formatted(name, Sizes.text(LARGEST_DECLARATION)));
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  private static boolean refersOn(Template.Dependencies how, String content) {
    return how.refersOnWhen() != null
        && Pattern.compile(how.refersOnWhen(), Pattern.MULTILINE).matcher(content).find();
  }

  private static Digest wholeTree(Path source) throws IOException {
    try (Digest.Sink sink = new Digest.Sink(OutputStream.nullOutputStream())) {
      try (TarWriter tar = new TarWriter(sink)) {
        tar.tree(source);
      }
      return sink.digest();
    }
  }

  /** What a program of the machine says of itself; asked once, as it is the template's own. */
  private String identity(List<String> command)
      throws BuildFailure, IOException, InterruptedException {
    String known = identities.get(command);
    if (known == null) {
      known = ask(command);
      identities.put(command, known);
    }
    return known;
  }

  private static String ask(List<String> command)
      throws BuildFailure, IOException, InterruptedException {
    List<String> found = new ArrayList<>(command);
    Programs.find(command.getFirst()).ifPresent(program -> found.set(0, program.toString()));
    ProcessBuilder builder = new ProcessBuilder(found).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", Sandbox.PATH);
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(ASKING.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw BuildFailure.platform(
            String.join(" ", command) + " does not work on this machine: " + said.strip());
      }
      return said;
    } finally {
      process.destroyForcibly();
    }
  }
}
