package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs the commands of builds behind the best walls that the machine offers, and ends each with
 * everything that it started.
 */
public final class Sandbox implements AutoCloseable {
  /** Where programs of the machine are looked for. */
  public static final String PATH = Walls.PATH;

  private static final String SCRATCH = "scratch";

  private final Walls walls;
  private final Optional<String> refusal;
  private final Optional<ControlGroups> groups;

  private final String name;

  private Sandbox(
      String name, Walls walls, Optional<String> refusal, Optional<ControlGroups> groups) {
    this.name = name;
    this.walls = walls;
    this.refusal = refusal;
    this.groups = groups;
  }

  /**
   * Finds out what this machine offers, and ends what a killed predecessor left running.
   *
   * @param files a directory of the sandbox's own; also what its processes are known by later
   * @param trustBuilds whether commands may run without walls where there are none
   */
  public static Sandbox detect(Path files, boolean trustBuilds) throws IOException {
    return choose(files, Bubblewrap.detect(files, "bwrap"), trustBuilds);
  }

  static Sandbox choose(Path files, Bubblewrap.Found bubblewrap, boolean trustBuilds)
      throws IOException {
    if (bubblewrap.walls().isPresent()) {
      return of(bubblewrap.walls().get(), Optional.empty(), files);
    }
    Optional<String> refusal =
        trustBuilds
            ? Optional.empty()
            : Optional.of(
                "builds are not run here: this machine has no sandbox for them (%s) and the setting"
                        .formatted(bubblewrap.missing())
                    + " trust-builds is off; the operator installs Debian's bubblewrap, or turns it"
                    + " on if everybody who may push is trusted");
    return of(new PlainWalls(files.resolve(SCRATCH)), refusal, files);
  }

  /** Runs commands without walls, whatever the machine offers. */
  public static Sandbox withoutWalls(Path files) throws IOException {
    return of(new PlainWalls(files.resolve(SCRATCH)), Optional.empty(), files);
  }

  private static Sandbox of(Walls walls, Optional<String> refusal, Path files) throws IOException {
    Files.createDirectories(files);
    String name = ProcessMark.of(files);
    ProcessMark.endAll(name);
    return new Sandbox(name, walls, refusal, ControlGroups.open("lmnop-" + name));
  }

  /** Why no command may run here, if that is so. */
  public Optional<String> refusal() {
    return refusal;
  }

  /** What the walls are made of, for the log of this app. */
  public String description() {
    return walls.description()
        + groups.map(ControlGroups::description).orElse("; memory and processes by rlimits");
  }

  /** Whether a command reaches nothing but its door; else it reaches what the machine does. */
  public boolean closesNetwork() {
    return walls.closeNetwork();
  }

  /** Why no command may make namespaces, as the root of users that are nobody outside, if so. */
  public Optional<String> missingForNamespaces() {
    return walls.missingForNamespaces();
  }

  /** Where a command sees a place. */
  public String shown(Command.Place place) {
    return walls.shown(place);
  }

  /** Hands a tree to the user as whom commands run, so that they can change it. */
  public void give(Path tree) throws IOException {
    walls.give(tree);
  }

  /** Removes a tree with all that commands have left in it. */
  public void remove(Path tree) throws IOException {
    walls.remove(tree);
  }

  /**
   * Runs a command to its end and passes its output on, line by line.
   *
   * @throws InterruptedException after everything that it started was ended
   */
  public Ended run(Command command, Consumer<String> lines)
      throws IOException, InterruptedException {
    if (refusal.isPresent()) {
      throw new IllegalStateException(refusal.get());
    }
    try (ControlGroup group = openGroup(command.limits());
        Running running = Running.start(walls, command, group, name, lines)) {
      return running.await();
    }
  }

  private ControlGroup openGroup(Command.Limits limits) throws IOException {
    return groups.isPresent() ? groups.get().open(limits) : ControlGroup.none(limits);
  }

  @Override
  public void close() {
    groups.ifPresent(ControlGroups::close);
  }
}
