package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.operations.archive.Trees;

/** No walls: a process of this user, for machines where everybody who may push is trusted. */
final class PlainWalls implements Walls {
  private final Path files;

  /**
   * Removes what a killed predecessor left.
   *
   * @param files a directory for what commands put into {@code TMPDIR}, which is nobody else's
   */
  PlainWalls(Path files) throws IOException {
    this.files = files;
    Trees.delete(files);
  }

  @Override
  public Prepared prepare(Command command, boolean counted) throws IOException {
    Path scratch = Files.createTempDirectory(Files.createDirectories(files), "");
    Map<String, String> places = new HashMap<>();
    places.put("TMPDIR", scratch.toString());
    command.places().forEach(place -> places.put(place.name(), shown(place)));
    String[] start = command.startIn().split("/", 2);
    Path directory = command.place(start[0]).host();
    return new Prepared(
        List.of("/bin/sh", "-eu", "-c", command.script()),
        Walls.environment(command, places),
        start.length == 2 ? directory.resolve(start[1]) : directory,
        Optional.of(scratch));
  }

  @Override
  public String shown(Command.Place place) {
    return place.host().toString();
  }

  @Override
  public void give(Path tree) {
    // commands run as this user, to whom it belongs already
  }

  @Override
  public boolean holdDescendants() {
    return false;
  }

  @Override
  public boolean closeNetwork() {
    return false;
  }

  @Override
  public Optional<String> missingForNamespaces() {
    return Optional.of("builds run as " + description());
  }

  @Override
  public void remove(Path tree) throws IOException {
    Trees.delete(tree);
  }

  @Override
  public long diskUse(List<Path> folders) {
    return DiskUse.of(folders).bytes();
  }

  @Override
  public String description() {
    return "plain processes without walls";
  }
}
