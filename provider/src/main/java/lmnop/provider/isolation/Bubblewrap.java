package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.provider.artifacts.Bundle;
import lmnop.provider.artifacts.Image;

/**
 * What an instance sees: the arguments of bubblewrap.
 *
 * <p>They go through a file, so that no process list shows a function's variables.
 */
final class Bubblewrap {
  static final String HOME = "/home/lmnop";
  static final String DEPENDENCIES = HOME + "/.dependencies";
  static final String SECRETS = "/var/openfaas/secrets";

  /** Where an image's file system is until its program has it as its root. */
  static final String IMAGE = "/image";

  /** Top folders that are links into /usr on most machines. */
  private static final List<String> SYSTEM =
      List.of("bin", "sbin", "lib", "lib32", "lib64", "libx32");

  /** What of /etc programs need that is no secret. */
  private static final List<String> ETC =
      List.of(
          "ssl",
          "ca-certificates",
          "pki",
          "alternatives",
          "ld.so.cache",
          "localtime",
          "mime.types",
          "java-17-openjdk",
          "java-21-openjdk",
          "java-25-openjdk");

  private final List<String> arguments = new ArrayList<>();

  private Bubblewrap() {}

  /**
   * The arguments for one instance.
   *
   * @param etc a folder with the instance's own passwd, group, hosts, resolv.conf
   * @param secrets a folder with the instance's secrets
   * @param tmp bytes for {@code /tmp}; 0 if this bubblewrap cannot limit it, and only the limit on
   *     memory does
   */
  static byte[] arguments(
      Plan plan, Program program, Map<String, String> variables, Path etc, Path secrets, long tmp)
      throws IOException {
    Bubblewrap made = new Bubblewrap();
    made.apart(plan.hostname());
    made.system();
    switch (plan.artifact()) {
      case Bundle bundle -> {
        made.own(etc);
        made.function(bundle, secrets, tmp);
        made.add("--chdir", program.workingDirectory());
      }
      case Image image -> {
        made.add("--cap-add", "CAP_SYS_CHROOT");
        made.image(image, etc, secrets, tmp);
      }
    }
    made.add("--clearenv");
    variables.forEach((name, value) -> made.add("--setenv", name, value));
    made.add("--remount-ro", "/");
    return String.join("\0", made.arguments).concat("\0").getBytes(StandardCharsets.UTF_8);
  }

  /** Capabilities are there until setpriv gave them up with the user. */
  private void apart(String hostname) {
    add("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try");
    add("--hostname", hostname, "--die-with-parent", "--new-session");
    add("--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID");
    add("--cap-add", "CAP_SETPCAP");
  }

  private void system() throws IOException {
    add("--ro-bind", "/usr", "/usr");
    for (String name : SYSTEM) {
      Path path = Path.of("/", name);
      if (Files.isSymbolicLink(path)) {
        add("--symlink", Files.readSymbolicLink(path).toString(), path.toString());
      } else if (Files.isDirectory(path)) {
        add("--ro-bind", path.toString(), path.toString());
      }
    }
    add("--proc", "/proc", "--dev", "/dev");
    for (String folder : List.of("/etc", "/home", "/run", "/var", "/var/openfaas")) {
      add("--dir", folder); // made by itself, a parent folder would be closed to the instance
    }
    add("--symlink", "/tmp", "/var/tmp");
    for (String name : ETC) {
      add("--ro-bind-try", "/etc/" + name, "/etc/" + name);
    }
  }

  private void own(Path etc) throws IOException {
    try (var files = Files.list(etc)) {
      files
          .sorted()
          .forEach(file -> add("--ro-bind", file.toString(), "/etc/" + file.getFileName()));
    }
  }

  private void tmp(String place, long bytes) {
    if (bytes > 0) {
      add("--size", Long.toString(bytes));
    }
    add("--perms", "1777", "--tmpfs", place);
  }

  /** The machine's own system stays around it, out of its program's sight. */
  private void image(Image image, Path etc, Path secrets, long tmp) throws IOException {
    add("--ro-bind", image.root().toString(), IMAGE);
    add("--proc", IMAGE + image.mountPoint("/proc"));
    add("--dev", IMAGE + image.mountPoint("/dev"));
    tmp(IMAGE + image.mountPoint("/tmp"), tmp);
    add("--ro-bind", secrets.toString(), IMAGE + image.mountPoint(SECRETS));
    try (var files = Files.list(etc)) {
      files
          .sorted()
          .forEach(file -> {
            String place = image.mountPoint("/etc/" + file.getFileName());
            add("--ro-bind", file.toString(), IMAGE + place);
          });
    }
  }

  private void function(Bundle bundle, Path secrets, long tmp) {
    tmp("/tmp", tmp);
    add("--ro-bind", bundle.code().toString(), HOME);
    bundle.dependencies().ifPresent(folder -> add("--ro-bind", folder.toString(), DEPENDENCIES));
    add("--symlink", HOME + "/entrypoint", "/entrypoint");
    add("--ro-bind", secrets.toString(), SECRETS);
  }

  /** Whether a version of bubblewrap can limit the size of a tmpfs; 0.7 and later can. */
  static boolean limitsTmpfs(String version) {
    Matcher numbers = Pattern.compile("(\\d+)\\.(\\d+)").matcher(version);
    return numbers.find()
        && (Integer.parseInt(numbers.group(1)) > 0 || Integer.parseInt(numbers.group(2)) >= 7);
  }

  private void add(String... more) {
    arguments.addAll(List.of(more));
  }
}
