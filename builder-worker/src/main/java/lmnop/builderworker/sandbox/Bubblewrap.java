package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import lmnop.operations.archive.Trees;

/**
 * Walls by bubblewrap: name spaces of their own for processes, mounts, IPC, host name and the
 * network; the system read-only, of it only what programs need; nothing of the platform; no
 * privileges, and as root a user of their own.
 */
final class Bubblewrap implements Walls {
  /** The user and group of commands when the worker is root; no system hands this number out. */
  static final int BUILD_USER = 90_000;

  private static final long TMP_BYTES = 1L << 30;
  private static final long SHARED_BYTES = 256L << 20;

  private static final List<String> OWN_PROCESSES = List.of("--proc", "/proc");

  /**
   * A container's own {@code /proc} has covered parts, and its kernel lets nobody mount one in
   * there that has not. What a command then sees of others is that they run, and with which
   * arguments; it can neither look into them nor end them.
   */
  private static final List<String> ALL_PROCESSES = List.of("--ro-bind", "/proc", "/proc");

  /** Opens the filter of system calls where bubblewrap is told that it is. */
  private static final String WITH_FILTER = "exec 9< \"$0\"; exec \"$@\"";

  private static final List<String> SYSTEM =
      List.of("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");

  /** What of /etc programs cannot do without: libraries, names, certificates, tools' settings. */
  private static final List<String> ETC =
      List.of(
          "alternatives",
          "ca-certificates",
          "gai.conf",
          "host.conf",
          "hosts",
          "ld.so.cache",
          "ld.so.conf",
          "ld.so.conf.d",
          "localtime",
          "maven",
          "mime.types",
          "nsswitch.conf",
          "pip.conf",
          "pki/tls",
          "python3",
          "services",
          "ssl/certs",
          "ssl/openssl.cnf",
          "xdg/pip");

  /** The walls, or what is missing for them. */
  record Found(Optional<Walls> walls, String missing) {}

  private final String program;
  private final boolean root;
  private final Path passwd;
  private final Path group;
  private final Forwarder forwarder;
  private final UserRange users;
  private final boolean filtered;
  private final List<String> processes;
  private Optional<String> missingForNamespaces = Optional.empty(); // known after a trial
  private final List<String> fixed;
  private final List<String> fixedForNamespaces;

  private Bubblewrap(Path files, String program, boolean root, List<String> processes)
      throws IOException {
    this.program = program;
    this.root = root;
    this.processes = processes;
    this.passwd = files.resolve("passwd");
    this.group = files.resolve("group");
    this.forwarder = Forwarder.install(files);
    this.users = UserRange.install(files, root ? Optional.of(BUILD_USER) : Optional.empty());
    Optional<Path> filter = filter(files, Command.Rights.ORDINARY);
    this.filtered = filter.isPresent();
    this.fixed = fixedArguments(filter, !root);
    this.fixedForNamespaces = fixedArguments(filter(files, Command.Rights.NAMESPACES), false);
  }

  /** Tries whether this machine lets the program {@code bwrap} do its work. */
  static Found detect(Path files, String program) throws IOException {
    Files.createDirectories(files);
    int self = (Integer) Files.getAttribute(files, "unix:uid");
    int user = self == 0 ? BUILD_USER : self;
    writeReadable(
        files.resolve("passwd"),
        """
        root:x:0:0:root:/:/usr/sbin/nologin
        lmnop:x:%d:%d:lmnop:/home/lmnop:/bin/sh
        """
            .formatted(user, user));
    writeReadable(files.resolve("group"), "root:x:0:\nlmnop:x:" + user + ":\n");
    Bubblewrap walls = new Bubblewrap(files, program, self == 0, OWN_PROCESSES);
    Optional<String> problem = walls.tryOut(files, Command.Rights.ORDINARY);
    if (problem.isPresent() && self != 0) {
      Bubblewrap seeing = new Bubblewrap(files, program, false, ALL_PROCESSES);
      if (seeing.tryOut(files, Command.Rights.ORDINARY).isEmpty()) {
        walls = seeing;
        problem = Optional.empty();
      }
    }
    if (problem.isPresent()) {
      return new Found(Optional.empty(), problem.get());
    }
    walls.missingForNamespaces = walls.tryOut(files, Command.Rights.NAMESPACES);
    return new Found(Optional.of(walls), "");
  }

  private static Command nothing(Path files, Command.Rights rights) {
    return new Command(
        "a trial",
        "true",
        "TRIAL",
        List.of(new Command.Place("TRIAL", files, "/trial", false)),
        Map.of(),
        rights,
        Optional.empty(),
        new Command.Limits(Duration.ofSeconds(10), 1L << 30, 10, 1 << 20, 1 << 20, 1 << 20));
  }

  private static Optional<Path> filter(Path files, Command.Rights rights) throws IOException {
    String processor = System.getProperty("os.arch"); // house-rule exception: which machine this is
    Optional<byte[]> calls = SystemCalls.filter(processor, rights);
    Path file = files.resolve("system-calls-" + rights.name().toLowerCase(Locale.ROOT));
    if (calls.isPresent()) {
      Files.write(file, calls.get());
    }
    return calls.map(bytes -> file);
  }

  private static void writeReadable(Path file, String content) throws IOException {
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  /** Why a command with these rights does not run, if it does not. */
  private Optional<String> tryOut(Path files, Command.Rights rights) throws IOException {
    try {
      new ProcessBuilder(program, "--version").redirectErrorStream(true).start().onExit().join();
    } catch (IOException e) {
      return Optional.of("the program bwrap is not installed");
    }
    Prepared trial = prepare(nothing(files, rights), false);
    ProcessBuilder builder = new ProcessBuilder(trial.arguments()).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(trial.environment());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return Optional.of("a trial could not be started: " + e.getMessage());
    }
    try {
      process.getOutputStream().close();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        return Optional.of("bubblewrap does not come to an end");
      }
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.exitValue() == 0 ? Optional.empty() : Optional.of("bubblewrap says: " + said);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("the trial was interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  private List<String> fixedArguments(Optional<Path> filter, boolean newUser) {
    List<String> arguments = new ArrayList<>();
    filter.ifPresent(
        file -> arguments.addAll(List.of("/bin/sh", "-c", WITH_FILTER, file.toString())));
    arguments.add(program);
    filter.ifPresent(file -> arguments.addAll(List.of("--seccomp", "9")));
    arguments.addAll(List.of("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"));
    arguments.addAll(
        List.of(
            "--unshare-cgroup-try", "--hostname", "build", "--new-session", "--die-with-parent"));
    if (newUser) {
      arguments.add("--unshare-user");
    }
    for (String directory : SYSTEM) {
      Path path = Path.of(directory);
      if (Files.isSymbolicLink(path)) {
        arguments.addAll(List.of("--symlink", linkTarget(path), directory));
      } else if (Files.isDirectory(path)) {
        arguments.addAll(List.of("--ro-bind", directory, directory));
      }
    }
    arguments.addAll(processes);
    arguments.addAll(List.of("--dev", "/dev"));
    arguments.addAll(List.of("--size", String.valueOf(SHARED_BYTES), "--perms", "1777"));
    arguments.addAll(List.of("--tmpfs", "/dev/shm", "--remount-ro", "/dev"));
    arguments.addAll(List.of("--size", String.valueOf(TMP_BYTES), "--perms", "1777"));
    arguments.addAll(List.of("--tmpfs", "/tmp"));
    for (String directory :
        List.of("/etc", "/etc/ssl", "/etc/pki", "/etc/xdg", "/var", "/run", "/run/lmnop")) {
      directory(arguments, directory);
    }
    for (Path file : etcFiles()) {
      arguments.addAll(List.of("--ro-bind", file.toString(), file.toString()));
    }
    arguments.addAll(List.of("--ro-bind", passwd.toString(), "/etc/passwd"));
    arguments.addAll(List.of("--ro-bind", group.toString(), "/etc/group"));
    return arguments;
  }

  private static List<Path> etcFiles() {
    List<Path> files = new ArrayList<>();
    for (String name : ETC) {
      Path path = Path.of("/etc", name);
      if (Files.exists(path)) {
        files.add(path);
      }
    }
    try (var versions = Files.newDirectoryStream(Path.of("/etc"), "{python3.*,java-*}")) {
      versions.forEach(files::add);
    } catch (IOException e) {
      // a machine whose /etc cannot be listed has no Python and no Java of the system
    }
    return files;
  }

  private static String linkTarget(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Directories that bubblewrap makes by itself are closed to the user of the command. */
  private static void directory(List<String> arguments, String path) {
    arguments.addAll(List.of("--perms", "0755", "--dir", path));
  }

  @Override
  public Prepared prepare(Command command, boolean counted) {
    boolean nests = command.rights() == Command.Rights.NAMESPACES;
    List<String> arguments = new ArrayList<>(nests ? users.outside() : List.of());
    arguments.addAll(nests ? fixedForNamespaces : fixed);
    if (nests) {
      arguments.addAll(users.shown());
      directory(arguments, "/sys"); // which builders of images show to what they run
    }
    command.door().ifPresent(door -> arguments.addAll(forwarder.shown(door)));
    addPlaces(arguments, command);
    arguments.addAll(List.of("--remount-ro", "/", "--chdir", "/" + startInside(command), "--"));
    if (!counted) {
      // In here, where only this sandbox's processes count, not all that the user has running.
      arguments.addAll(List.of("prlimit", "--nproc=" + command.limits().processes(), "--"));
    }
    if (nests) {
      arguments.addAll(users.inside());
    } else if (root) {
      String user = String.valueOf(BUILD_USER);
      arguments.addAll(List.of("setpriv", "--reuid", user, "--regid", user, "--clear-groups"));
      arguments.addAll(List.of("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"));
    }
    command.door().ifPresent(door -> arguments.addAll(Forwarder.ENTRANCE));
    arguments.addAll(List.of("/bin/sh", "-eu", "-c", command.script()));
    Map<String, String> places = new HashMap<>();
    command.places().forEach(place -> places.put(place.name(), shown(place)));
    Map<String, String> environment = Walls.environment(command, places);
    command.door().ifPresent(door -> environment.putAll(Forwarder.VARIABLES));
    return new Prepared(arguments, environment, Path.of("/"), Optional.empty());
  }

  private static String startInside(Command command) {
    String[] start = command.startIn().split("/", 2);
    String inside = command.place(start[0]).inside().substring(1);
    return start.length == 2 ? inside + "/" + start[1] : inside;
  }

  private static void addPlaces(List<String> arguments, Command command) {
    List<Command.Place> outerFirst =
        command.places().stream().sorted(Comparator.comparing(Command.Place::inside)).toList();
    TreeSet<String> parents = new TreeSet<>();
    for (Command.Place place : outerFirst) {
      for (Path p = Path.of(place.inside()).getParent(); p != null; p = p.getParent()) {
        parents.add(p.toString());
      }
    }
    parents.remove("/");
    outerFirst.forEach(place -> parents.remove(place.inside()));
    parents.removeIf(parent -> SYSTEM.stream().anyMatch(parent::startsWith));
    parents.forEach(parent -> directory(arguments, parent));
    for (Command.Place place : outerFirst) {
      arguments.addAll(
          List.of(
              place.writable() ? "--bind" : "--ro-bind", place.host().toString(), place.inside()));
    }
  }

  @Override
  public String shown(Command.Place place) {
    return place.inside();
  }

  @Override
  public void give(Path tree) throws IOException {
    if (root) {
      Files.walkFileTree(tree, new Giving());
    }
  }

  @Override
  public boolean holdDescendants() {
    return true; // the kernel ends a process name space with its first process
  }

  @Override
  public boolean closeNetwork() {
    return true;
  }

  @Override
  public Optional<String> missingForNamespaces() {
    return missingForNamespaces;
  }

  @Override
  public void remove(Path tree) throws IOException {
    try {
      Trees.delete(tree);
    } catch (FileSystemException e) {
      new OwnedByOthers(users).remove(tree); // and what is too deep for us is not for rm
      Trees.delete(tree); // says what is wrong if something still is
    }
  }

  @Override
  public long diskUse(List<Path> folders) {
    DiskUse.Found found = DiskUse.of(folders);
    return found.isWhole()
        ? found.bytes()
        : Math.max(found.bytes(), new OwnedByOthers(users).use(folders));
  }

  @Override
  public String description() {
    return (root ? "bubblewrap, user " + BUILD_USER : "bubblewrap without root")
        + (filtered ? "" : ", system calls not filtered")
        + (processes.equals(ALL_PROCESSES) ? ", other processes seen" : "");
  }

  private static final class Giving extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      return visitFile(directory, attributes);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.setAttribute(file, "unix:uid", BUILD_USER, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(file, "unix:gid", BUILD_USER, LinkOption.NOFOLLOW_LINKS);
      return FileVisitResult.CONTINUE;
    }
  }
}
