package lmnop.builderworker.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.builderworker.sandbox.Command;
import lmnop.builderworker.sandbox.Sandbox;
import lmnop.templates.Template;

/**
 * Red Hat's buildah, inside the sandbox of a build step, as the root of users that are nobody
 * outside. It fetches what FROM names, and runs what RUN says, with the way out that steps have.
 */
final class Buildah implements ImageBuilder {
  /**
   * Its own isolation is a change of the root, as everything else is the sandbox's; layers are
   * plain folders, as mounting them on top of each other is not allowed everywhere; no times, so
   * that the same source is the same image.
   */
  private static final String SCRIPT =
      """
      export BUILDAH_ISOLATION=chroot _CONTAINERS_USERNS_CONFIGURED=done TMPDIR="$STORAGE/tmp"
      export XDG_RUNTIME_DIR="$STORAGE/tmp" HOME="$STORAGE/tmp"
      mkdir "$STORAGE/tmp"
      set -- --root "$STORAGE/root" --runroot "$STORAGE/run" --storage-driver vfs
      buildah "$@" build --isolation chroot --network host --timestamp 0 --layers=false \
        --format oci --pull-always --file "$SOURCE/$DOCKERFILE" --tag localhost/made:latest "$SOURCE"
      buildah "$@" push --quiet --format oci localhost/made:latest "oci:$LAYOUT:made"
      """;

  private final Sandbox sandbox;
  private final Steps steps;
  private final List<String> plainHttp;
  private final Map<String, String> mirrors;

  /**
   * A builder.
   *
   * @param plainHttp registries without TLS
   * @param mirrors where the images of a registry are asked for first
   */
  Buildah(Sandbox sandbox, Steps steps, List<String> plainHttp, Map<String, String> mirrors) {
    this.sandbox = sandbox;
    this.steps = steps;
    this.plainHttp = plainHttp;
    this.mirrors = mirrors;
  }

  @Override
  public void build(Build build, FunctionBuild function, Path layout)
      throws BuildFailure, IOException, InterruptedException {
    Optional<String> missing = sandbox.missingForNamespaces();
    if (missing.isPresent()) {
      throw BuildFailure.platform(
          "no Dockerfile is built here: %s; its operator changes that".formatted(missing.get()));
    }
    Template.Image image = function.template().template().image();
    if (image == null) {
      throw new IllegalStateException(function.order().template() + " has no Dockerfile");
    }
    Path storage = Files.createDirectory(layout.resolveSibling("storage"));
    Path cache = Files.createDirectory(layout.resolveSibling("cache"));
    for (Path writable : List.of(storage, cache, layout)) {
      sandbox.give(writable);
    }
    sandbox.give(build.workspace().sourceOf(function.order()));
    List<Command.Place> places = new ArrayList<>(steps.places(build, function));
    places.add(new Command.Place("STORAGE", storage, "/storage", true));
    places.add(new Command.Place("CACHE", cache, "/var/cache", true)); // it insists on one there
    places.add(new Command.Place("LAYOUT", layout, "/layout", true));
    places.add(new Command.Place("CONTAINERS", settings(layout), "/etc/containers", false));
    steps.run(build, function, step(function, image), places, Command.Rights.NAMESPACES);
  }

  private static Template.Step step(FunctionBuild function, Template.Image image) {
    String dockerfile = Options.fill(image.dockerfile(), function);
    String script = "DOCKERFILE='%s'\n%s".formatted(dockerfile.replace("'", "'\\''"), SCRIPT);
    return new Template.Step(
        "the build of the Dockerfile",
        null,
        Template.Network.REGISTRIES,
        "SOURCE",
        script,
        "correct " + dockerfile + " and push again",
        image.registryTrouble());
  }

  /** What buildah reads of its settings: ours, whatever the machine's are. */
  private Path settings(Path layout) throws IOException {
    Path folder = Files.createDirectory(layout.resolveSibling("containers"));
    Path policy = folder.resolve("policy.json");
    Files.writeString(policy, "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n");
    Path registries = folder.resolve("registries.conf");
    Files.writeString(registries, registries());
    for (Path file : List.of(policy, registries)) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }

  private String registries() {
    StringBuilder text =
        new StringBuilder(
            "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"disabled\"\n");
    plainHttp.stream()
        .filter(host -> !mirrors.containsKey(host))
        .forEach(host ->
            text.append("[[registry]]\nlocation = \"%s\"\ninsecure = true\n".formatted(host)));
    mirrors.forEach((host, mirror) ->
        text.append(
            """
            [[registry]]
            location = "%s"
            insecure = %s
            [[registry.mirror]]
            location = "%s"
            insecure = %s
            """
                .formatted(host, isPlain(host), mirror, isPlain(mirror))));
    return text.toString();
  }

  private boolean isPlain(String registry) {
    return plainHttp.contains(registry.split("/", 2)[0]);
  }
}
