package lmnop.builderworker.sandbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a build runs: a shell script, and all that it may see, reach and use up.
 *
 * @param what it does, as it stands in sentences: {@code the dependency step}
 * @param script for {@code /bin/sh -eu}
 * @param startIn a place's name, and a path below it: {@code CODE/function}
 * @param places directories that it sees; each is also a variable of that name
 * @param environment variables beside those; nothing is inherited
 * @param rights what it may do that other commands may not
 * @param door the socket file of an HTTP proxy, which is all that it reaches; without one it
 *     reaches nothing, not even this machine
 */
public record Command(
    String what,
    String script,
    String startIn,
    List<Place> places,
    Map<String, String> environment,
    Rights rights,
    Optional<Path> door,
    Limits limits) {

  /** What a command may do beside what every program may. */
  public enum Rights {
    /** Nothing. */
    ORDINARY,
    /**
     * Make namespaces and mounts, and be the root and every other user of a range of users that are
     * nobody outside: what a builder of images needs.
     */
    NAMESPACES
  }

  /** An ordinary command. */
  public Command(
      String what,
      String script,
      String startIn,
      List<Place> places,
      Map<String, String> environment,
      Optional<Path> door,
      Limits limits) {
    this(what, script, startIn, places, environment, Rights.ORDINARY, door, limits);
  }

  /**
   * A directory that a command sees.
   *
   * @param inside where the sandbox shows it; without a sandbox it is where it is
   */
  public record Place(String name, Path host, String inside, boolean writable) {}

  /**
   * How much a command may use.
   *
   * @param memory bytes, of all its processes together where the machine can count that
   * @param fileSize bytes of one file
   * @param disk bytes by which its writable places may grow
   * @param output bytes that it may print
   */
  public record Limits(
      Duration time, long memory, int processes, long fileSize, long disk, long output) {}

  public Command {
    places = List.copyOf(places);
    environment = Map.copyOf(environment);
  }

  /** The place of the given name. */
  Place place(String name) {
    return places.stream()
        .filter(place -> place.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(what + " has no place " + name));
  }
}
