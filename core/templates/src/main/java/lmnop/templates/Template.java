package lmnop.templates;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What a {@code template.yml} says; {@code templates/README.md} describes every key for those who
 * write one.
 *
 * @param about one sentence for people
 * @param aliases other names of it
 * @param options what {@code options} of a function may set
 * @param requires what a repository must hold
 * @param needs programs that the machine must have
 * @param code what of the repository becomes the code layer
 * @param files what of the template's own folder is added to the code layer
 * @param registries hosts that steps with a network may reach: {@code pypi.org}, {@code
 *     example.org:8443}, {@code *.example.org}
 * @param dependencies how dependencies are fetched, for languages that have them
 * @param build steps that change the code layer, in order
 * @param run how an instance is started; nothing where the repository makes an image itself
 * @param image how the repository makes an image itself, in the place of all layers
 */
public record Template(
    String about,
    @DefaultValue List<String> aliases,
    @DefaultValue Map<String, Option> options,
    @DefaultValue List<Requirement> requires,
    @DefaultValue List<Need> needs,
    @DefaultValue List<Copy> code,
    @DefaultValue List<Copy> files,
    @DefaultValue List<String> registries,
    @Nullable Dependencies dependencies,
    @DefaultValue List<Step> build,
    @Nullable Run run,
    @Nullable Image image) {

  /** What a name looks like, for sentences that refuse one. */
  public static final String NAME_RULE =
      "a to z, 0 to 9, hyphens and full stops, at most 40, beginning with a letter or a digit";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,39}");

  public Template {
    registries.forEach(host -> AllowedHost.parse(host, false));
    if ((run == null) == (image == null)) {
      throw new IllegalArgumentException("a template has either run or image");
    }
  }

  /** Whether functions can ask for a template by this. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** How an instance is started, which is there wherever the template makes layers. */
  public Run requireRun() {
    if (run == null) {
      throw new IllegalStateException("the template makes an image, which says how it is started");
    }
    return run;
  }

  /**
   * An image that the repository describes.
   *
   * @param dockerfile the file that does
   * @param registryTrouble a regular expression of output lines which tell that a failure was the
   *     network's and not the function's
   */
  public record Image(String dockerfile, @Nullable String registryTrouble) {}

  /**
   * Something that a function may set.
   *
   * @param value what it is if the function does not
   * @param note what to tell those who set it
   */
  public record Option(@DefaultValue("") String value, @Nullable String note) {}

  /**
   * A file, or with a slash at the end a directory, that must be there.
   *
   * @param program whether it must be executable and start as a program does
   * @param because why it is needed
   * @param remedy what to do when it is missing
   */
  public record Requirement(
      String path, @DefaultValue("false") boolean program, String because, String remedy) {}

  /** A program of the machine and the Debian package that has it. */
  public record Need(String program, String debian) {}

  /** A file or directory and its name in the code layer. */
  public record Copy(String from, @Nullable String to) {
    /** The name in the code layer: the same, if nothing else is said. */
    public String target() {
      return to == null ? from : to;
    }
  }

  /**
   * The dependency layer.
   *
   * @param declaredBy files that declare dependencies; without any of them there is no layer
   * @param always whether there is one without those files too: it holds a language's own tools
   * @param partOf whether an instance gets it, or only the steps of the build
   * @param refersOnWhen a regular expression; if a line of these files matches it, they refer to
   *     other files, and the whole source decides whether the layer can be used again
   * @param identity a command whose output tells layers of different interpreters apart
   * @param check a script that fails if the machine cannot fetch dependencies
   * @param checkFails what to say then
   */
  public record Dependencies(
      @DefaultValue List<String> declaredBy,
      @DefaultValue("false") boolean always,
      @DefaultValue("function") PartOf partOf,
      @Nullable String refersOnWhen,
      List<String> identity,
      @Nullable String check,
      @Nullable String checkFails,
      Step step) {}

  /** Who uses dependencies. */
  public enum PartOf {
    /** They are a layer of the bundle. */
    FUNCTION,
    /** Only steps of the build see them: compilers, and what is compiled in. */
    BUILD
  }

  /** What a step reaches. */
  public enum Network {
    /** Nothing, not even this machine. */
    NONE,
    /** The template's registries, and the operator's. */
    REGISTRIES
  }

  /**
   * A script of the build.
   *
   * @param name as it stands in sentences
   * @param when a file of the repository, or one that an earlier step left in the code; without it
   *     the step is left out
   * @param startIn where it starts: {@code CODE}, {@code CODE/function}, …
   * @param remedy what to do when it fails
   * @param registryTrouble a regular expression of output lines which tell that a failure was the
   *     network's and not the function's
   */
  public record Step(
      String name,
      @Nullable String when,
      @DefaultValue("none") Network network,
      @DefaultValue("CODE") String startIn,
      String run,
      @DefaultValue("") String remedy,
      @Nullable String registryTrouble) {}

  /**
   * How an instance is started. {@code ${code}} and {@code ${dependencies}} stand for where the
   * engine puts these layers.
   *
   * @param path directories to find programs in, before the system's
   * @param port where the program listens if it does not read {@code PORT}
   * @param health a path that answers 200 when it is ready; without one, an open port is ready
   */
  public record Run(
      List<String> command,
      String workingDirectory,
      @DefaultValue Map<String, String> environment,
      @DefaultValue List<String> path,
      int port,
      @DefaultValue("never") PortFixed portFixed,
      @Nullable String health) {}

  /** Whether a program listens where it likes. */
  public enum PortFixed {
    /** It listens where {@code PORT} says. */
    NEVER,
    /** It listens on the template's port. */
    ALWAYS,
    /** It listens on the template's port unless a file of the code names {@code PORT}. */
    UNLESS_NAMED
  }
}
