package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What stands between a command and the machine. */
interface Walls {
  /**
   * Where programs are looked for, the same inside and outside; the last is where Go's own archive
   * is unpacked.
   */
  String PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/go/bin";

  /**
   * A process that is ready to be started.
   *
   * @param directory in which it starts, or none if the arguments say it
   * @param scratch a folder outside that is the command's alone and goes with it, if there is one
   */
  record Prepared(
      List<String> arguments,
      Map<String, String> environment,
      Path directory,
      Optional<Path> scratch) {}

  /**
   * Says what to start for a command.
   *
   * @param counted whether a control group counts its processes already
   */
  Prepared prepare(Command command, boolean counted) throws IOException;

  /** Where a command sees a place. */
  String shown(Command.Place place);

  /** Makes the user as whom commands run the owner of a tree. */
  void give(Path tree) throws IOException;

  /** Whether nothing that a command started outlives its first process. */
  boolean holdDescendants();

  /** Whether a command reaches nothing but its door. */
  boolean closeNetwork();

  /** Why a command may not have {@link Command.Rights#NAMESPACES}, if it may not. */
  Optional<String> missingForNamespaces();

  /** Removes a tree in which commands have left what they wanted. */
  void remove(Path tree) throws IOException;

  /** The bytes of everything below some folders; what goes away meanwhile does not count. */
  long diskUse(List<Path> folders);

  /** One line about these walls. */
  String description();

  /** The environment of a command, made from nothing. */
  static Map<String, String> environment(Command command, Map<String, String> places) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", PATH);
    environment.put("LANG", "C.UTF-8");
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("TMPDIR", "/tmp");
    environment.putAll(places);
    environment.putAll(command.environment());
    return environment;
  }
}
