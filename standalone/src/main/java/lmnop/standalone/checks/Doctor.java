package lmnop.standalone.checks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.standalone.data.Options;
import lmnop.standalone.machine.Machine;
import lmnop.standalone.machine.Programs;
import lmnop.standalone.terminal.Terminal;

/**
 * Says whether {@code up} would work here, and what each missing tool costs.
 *
 * <p>It has a {@code main} of its own because the launcher runs it straight from the sources when
 * nothing is built, which is when it is needed most.
 */
public final class Doctor {
  private static final String SYSTEM_PYTHON = "/usr/bin/python3";

  private final Options options;
  private final Programs programs;

  public Doctor(Options options, Programs programs) {
    this.options = options;
    this.programs = programs;
  }

  /** Runs {@code doctor} with the options of the command line. */
  public static void main(String... arguments) {
    System.exit(run(arguments));
  }

  /** Prints the report; 0 if {@code up} would work, 1 if not, 2 for a wrong command line. */
  public static int run(String... arguments) {
    try {
      Options options = Options.parse(Arrays.asList(arguments));
      return new Doctor(options, Programs.ofThisMachine()).report(Terminal.standardOutput());
    } catch (Options.Misused e) {
      System.err.println(e.getMessage());
      return 2;
    }
  }

  /** Prints what was found; 0 if nothing of it keeps the platform from starting. */
  int report(Terminal terminal) {
    List<Finding> findings = findings();
    for (Finding finding : findings) {
      Finding.Weight weight = finding.weight();
      terminal.line(terminal.toned(weight.tone, weight.sign) + " " + finding.words());
    }
    boolean blocked = findings.stream().anyMatch(f -> f.weight() == Finding.Weight.BLOCKS);
    terminal.line("");
    terminal.line(
        blocked
            ? "./lmnop up would not work: see the lines with ✗."
            : "./lmnop up would work. Lines with ! are optional.");
    return blocked ? 1 : 0;
  }

  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    findings.addAll(needed());
    findings.addAll(building());
    findings.addAll(python());
    findings.addAll(languages());
    findings.addAll(addedTemplates());
    findings.addAll(isolation());
    findings.addAll(supervision());
    return findings;
  }

  private List<Finding> needed() {
    List<Finding> findings = new ArrayList<>();
    findings.add(
        verdict(Preconditions.javaVersion(), "JDK " + Runtime.version().feature() + " runs this"));
    findings.add(postgresqlPrograms());
    findings.add(
        verdict(
            Preconditions.writable(options.data()),
            "the data directory " + options.data().root() + " is writable"));
    findings.add(
        verdict(
            Preconditions.disk(options.data(), Preconditions.LEAST_DISK), "there is enough disk"));
    Optional<String> running = Preconditions.alreadyRunning(options.data());
    if (running.isPresent()) {
      findings.add(Finding.blocks(running.get()));
      return findings; // the ports are its own
    }
    List<String> taken = Preconditions.portsTaken(options);
    taken.forEach(problem -> findings.add(Finding.blocks(problem)));
    if (taken.isEmpty()) {
      int base = options.ports().base();
      findings.add(Finding.good("the ports %d to %d are free".formatted(base, base + 9)));
    }
    return findings;
  }

  private static Finding postgresqlPrograms() {
    String system = System.getProperty("os.name"); // house-rule exception: which system this is
    String machine = System.getProperty("os.arch"); // house-rule exception: which processor
    boolean known =
        system.toLowerCase(Locale.ROOT).equals("linux")
            && List.of("amd64", "aarch64").contains(machine);
    return known
        ? Finding.good("PostgreSQL comes along for " + system + " on " + machine)
        : Finding.blocks(
            "PostgreSQL comes along for Linux on amd64 and aarch64 only, and this is %s on %s."
                .formatted(system, machine));
  }

  private List<Finding> building() {
    boolean built = Files.exists(options.home().resolve("standalone/target/app/standalone.jar"));
    Finding maven =
        programs.find("mvn").isPresent()
            ? Finding.good("mvn is there")
            : built
                ? Finding.costs("mvn is missing: what is built runs, but cannot be built again.")
                : Finding.blocks("mvn is missing: install Maven 3.8.7 or newer (Debian: maven).");
    return List.of(maven, tool("git", "without it nothing can be pushed from here (Debian: git)."));
  }

  private List<Finding> python() {
    if (!Files.isExecutable(Path.of(SYSTEM_PYTHON))) {
      return List.of(
          Finding.costs(
              SYSTEM_PYTHON
                  + " is missing: no Python function and no static site runs (Debian: python3)."));
    }
    Finding pip =
        programs.runs(SYSTEM_PYTHON, "-m", "pip", "--version")
            ? Finding.good("pip is there")
            : Finding.costs(
                "pip is missing: a function with a requirements.txt is refused (Debian: python3-pip).");
    return List.of(Finding.good(SYSTEM_PYTHON + " is there"), pip);
  }

  private List<Finding> languages() {
    return List.of(
        tool("node", "without it no Node.js function runs (Debian: nodejs)."),
        tool("npm", "without it nothing is built of node, typescript and react (Debian: npm)."),
        tool("go", "without it no Go function is built (Debian: golang-go)."),
        tool("javac", "without it no Java function is built (Debian: default-jdk-headless)."),
        tool("buildah", "without it no Dockerfile is built (Debian: buildah)."));
  }

  /** Templates that operators added; what each needs is in a file that the control plane keeps. */
  private List<Finding> addedTemplates() {
    Path folder = options.data().of("control-plane").resolve("template-needs");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Finding> findings = new ArrayList<>();
    try (Stream<Path> templates = Files.list(folder)) {
      for (Path template : templates.sorted().toList()) {
        for (String need : Files.readAllLines(template)) {
          String[] words = need.split(" ", 2);
          findings.add(
              tool(
                  words[0],
                  "without it nothing is built of the template %s (Debian: %s)."
                      .formatted(template.getFileName(), words[words.length - 1])));
        }
      }
    } catch (IOException e) {
      findings.add(
          Finding.costs(
              "what added templates need cannot be read from %s: %s".formatted(folder, e)));
    }
    return findings;
  }

  private List<Finding> isolation() {
    List<Finding> findings = new ArrayList<>();
    boolean root = Machine.isRoot();
    findings.add(
        root
            ? Finding.good("you are root, so functions can have networks of their own")
            : Finding.costs(
                "you are not root: functions run as plain processes, without sandbox and limits, for this machine only."));
    findings.add(tool("bwrap", "functions and builds run without sandbox (Debian: bubblewrap)."));
    findings.add(tool("ip", "functions have no network of their own (Debian: iproute2)."));
    findings.add(tool("nft", "functions have no network of their own (Debian: nftables)."));
    findings.add(controlGroups());
    if (root && !programs.runs("unshare", "-U", "true") && !programs.runs("setpriv", "true")) {
      findings.add(
          Finding.blocks(
              "PostgreSQL refuses to run as root, and neither unshare nor setpriv works here: start lmnop as another user."));
    }
    return findings;
  }

  private static Finding controlGroups() {
    if (Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"))) {
      return Finding.good("cgroups v2 limit functions' memory, processes and CPU");
    }
    if (Files.isDirectory(Path.of("/sys/fs/cgroup/memory"))
        && Files.isDirectory(Path.of("/sys/fs/cgroup/pids"))) {
      return Finding.good("cgroups v1 limit functions' memory, processes and CPU");
    }
    return Finding.costs(
        "there are no cgroups: functions' memory and CPU are limited by rlimits only.");
  }

  private List<Finding> supervision() {
    return List.of(
        tool("setsid", "Ctrl-C reaches every app at once, and requests may be lost."),
        tool("setpriv", "if lmnop itself is killed, its apps end only at the next start."));
  }

  private Finding tool(String name, String cost) {
    return programs.find(name).isPresent()
        ? Finding.good(name + " is there")
        : Finding.costs(name + " is missing: " + cost);
  }

  private static Finding verdict(Optional<String> problem, String otherwise) {
    return problem.map(Finding::blocks).orElseGet(() -> Finding.good(otherwise));
  }
}
