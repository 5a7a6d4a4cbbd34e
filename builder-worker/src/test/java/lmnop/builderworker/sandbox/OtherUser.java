package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;

/** Somebody who is not root, and a place where others than root may go. Needs {@code setpriv}. */
public final class OtherUser implements AutoCloseable {
  private static final int ID = 65_534;

  /** The first of the further users that it may give. */
  public static final int FIRST = 3_000_000;

  private final Path world;
  private final Path own;

  /** Makes the place. */
  public OtherUser() throws IOException {
    world = Files.createTempDirectory("lmnop-nobody-");
    Files.setPosixFilePermissions(world, PosixFilePermissions.fromString("rwxr-xr-x"));
    own = Files.createDirectory(world.resolve("own"));
    give(own);
  }

  /** Where everybody may read. */
  public Path world() {
    return world;
  }

  /** A folder of its own. */
  public Path own() {
    return own;
  }

  /** Makes it the owner of a file. */
  public void give(Path file) throws IOException {
    Files.setAttribute(file, "unix:uid", ID, LinkOption.NOFOLLOW_LINKS);
  }

  /** What to put before a command that it shall run without any way to more rights. */
  List<String> withoutHelpers() {
    List<String> command = new ArrayList<>(become());
    command.addAll(List.of("--no-new-privs", "--"));
    return command;
  }

  /**
   * What to put before a command that it shall run where it may give further users, and where the
   * helpers for that have the rights that they have in our images, and root none but these.
   *
   * @param inContainer whether parts of {@code /proc} are covered
   */
  public List<String> withFurtherUsers(boolean inContainer) throws IOException {
    Files.writeString(world.resolve("given"), ID + ":" + FIRST + ":65536\n");
    Path enter =
        Files.writeString(
            world.resolve("enter.sh"),
            """
            set -e
            cd %s
            mount --bind given /etc/subuid
            mount --bind given /etc/subgid
            %s
            for helper in newuidmap:7 newgidmap:6; do
              program=/usr/bin/${helper%%:*}
              cat $program > ${helper%%:*}
              chmod 755 ${helper%%:*}
              /usr/bin/python3 -c 'import os, struct, sys; os.setxattr(sys.argv[1], "security.capability",
                struct.pack("<5I", 0x02000001, 1 << int(sys.argv[2]), 0, 0, 0))' ${helper%%:*} ${helper#*:}
              mount --bind ${helper%%:*} $program
            done
            exec "$@"
            """
                .formatted(world, inContainer ? "mount -t tmpfs none /proc/fs" : ""));
    List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", enter.toString()));
    command.addAll(become());
    command.addAll(List.of("--bounding-set=-all,+setuid,+setgid", "--"));
    return command;
  }

  private static List<String> become() {
    return List.of("setpriv", "--reuid", "" + ID, "--regid", "" + ID, "--clear-groups");
  }

  /** The class path of this very test, of jars those that are wanted, copied to the world. */
  public String classPath(Predicate<String> jars) throws IOException {
    List<String> copies = new ArrayList<>();
    String all = System.getProperty("java.class.path"); // house-rule exception: of this very test
    for (String entry : all.split(":")) {
      Path from = Path.of(entry);
      String name = from.getFileName().toString();
      if (Files.exists(from) && (Files.isDirectory(from) || jars.test(name))) {
        Path to = world.resolve("classes-" + copies.size() + "-" + name);
        if (!Files.exists(to)) {
          copy(from, to);
        }
        copies.add(to.toString());
      }
    }
    return String.join(":", copies);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path one : (Iterable<Path>) all::iterator) {
        Files.copy(one, to.resolve(from.relativize(one).toString()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    Trees.delete(world);
  }
}
