package lmnop.provider.isolation;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import lmnop.provider.artifacts.Artifact;
import lmnop.provider.artifacts.Bundle;
import lmnop.provider.artifacts.UnusableArtifact;
import org.jspecify.annotations.Nullable;

/**
 * Instances as plain processes on 127.0.0.1, as the provider's own user: for machines that cannot
 * do better, and functions that are trusted.
 */
final class PlainIsolation implements Isolation {
  /** Finds an instance's processes again, also those that left their parents. */
  static final String MARK = "LMNOP_INSTANCE";

  private static final String HOST = "127.0.0.1";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(5);
  private static final int BLOCK = 512; // bytes of the unit of ulimit -f

  private final IsolationSettings settings;
  private final @Nullable FunctionGateway gateway;
  private final Cgroups cgroups;
  private final Script script;
  private final List<String> session;
  private final Map<String, Integer> ports = new HashMap<>();

  private PlainIsolation(
      IsolationSettings settings, Cgroups cgroups, Script script, List<String> session) {
    this.settings = settings;
    this.gateway = FunctionGateway.parse(settings.gateway());
    this.cgroups = cgroups;
    this.script = script;
    this.session = session;
  }

  static PlainIsolation open(IsolationSettings settings, Path data, Cgroups cgroups)
      throws IOException {
    boolean ownSession =
        List.of("/usr/bin/setsid", "/bin/setsid").stream()
            .anyMatch(program -> Files.isExecutable(Path.of(program)));
    return new PlainIsolation(
        settings,
        cgroups,
        Script.install("keeper-plain", data),
        ownSession ? List.of("setsid") : List.of());
  }

  @Override
  public String description() {
    return "plain processes on " + HOST + ": functions can do whatever the platform's user can";
  }

  @Override
  public boolean sharesPorts() {
    return false;
  }

  @Override
  public boolean standsBy() {
    return false;
  }

  @Override
  public boolean runsImages() {
    return false;
  }

  /** A program that ignores PORT gets the port that it takes anyway. */
  @Override
  public synchronized Placement place(String instance, String function, Artifact artifact)
      throws IOException {
    int port = artifact.portFixed() ? fixedPort(artifact.port()) : freePort();
    ports.put(instance, port);
    return new Placement(HOST, port, -1);
  }

  private int freePort() throws IOException {
    while (true) {
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(HOST))) {
        if (!ports.containsValue(socket.getLocalPort())) {
          return socket.getLocalPort();
        }
      }
    }
  }

  private int fixedPort(int port) throws IOException {
    for (Map.Entry<String, Integer> held : ports.entrySet()) {
      if (held.getValue() == port) {
        throw new PortTaken(port, held.getKey());
      }
    }
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.ofLiteral(HOST))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IOException(
          "its program insists on port %d, which another program of this machine has"
              .formatted(port),
          e);
    }
  }

  @Override
  public synchronized void keepPlace(String instance, String function, Placement placement) {
    ports.put(instance, placement.port());
  }

  @Override
  public Keeper start(Plan plan) throws IOException, UnusableArtifact {
    if (!(plan.artifact() instanceof Bundle bundle)) {
      throw new UnusableArtifact("an image cannot run as a plain process");
    }
    Path code = bundle.code();
    Path dependencies = bundle.dependencies().orElse(code.resolve(".dependencies"));
    Program program = Program.of(bundle.manifest(), code.toString(), dependencies.toString());
    Path directory = plan.directory();
    List<Path> groups = cgroups.create(plan.instance(), plan.limits());
    Files.writeString(
        directory.resolve("groups"),
        groups.stream().map(group -> group + "\n").collect(Collectors.joining()));
    FallbackLimits.writeIfNeeded(directory, plan.limits(), groups.isEmpty(), false);
    List<String> arguments = new ArrayList<>();
    arguments.add(program.workingDirectory());
    arguments.add(Long.toString(settings.tmpSize().toBytes() / BLOCK));
    arguments.addAll(program.command());
    return script.start(session, directory, arguments, variables(plan, program));
  }

  private Map<String, String> variables(Plan plan, Program program) throws IOException {
    Path home = Files.createDirectory(plan.directory().resolve("home"));
    Path tmp = Files.createDirectory(plan.directory().resolve("tmp"));
    Path secrets = Files.createDirectory(plan.directory().resolve("secrets"));
    for (Map.Entry<String, byte[]> secret : plan.secrets().entrySet()) {
      Path file = secrets.resolve(secret.getKey());
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(file, secret.getValue());
    }
    Map<String, String> variables = new HashMap<>(program.environment());
    variables.putAll(plan.environment());
    variables.put("HOME", home.toString());
    variables.put("TMPDIR", tmp.toString());
    variables.put("LMNOP_SECRETS", secrets.toString());
    variables.put("PORT", Integer.toString(plan.placement().port()));
    if (gateway != null) {
      variables.put(FunctionGateway.VARIABLE, gateway.url());
    }
    variables.put(MARK, plan.instance());
    return variables;
  }

  @Override
  public void limitProcessor(String instance, Limits limits) {
    cgroups.limitCpu(instance, limits);
  }

  @Override
  public Optional<String> limitMet(String instance, Limits limits) {
    return limits.met(cgroups.strain(instance));
  }

  @Override
  public Strain strain(String instance) {
    return cgroups.strain(instance);
  }

  @Override
  public Duration processorTime(String instance) {
    return cgroups.processorTime(instance);
  }

  @Override
  public long memoryPeak(String instance) {
    return cgroups.memoryPeak(instance);
  }

  @Override
  public void terminate(Keeper keeper) {
    keeper.handle().children().forEach(ProcessHandle::destroy);
  }

  @Override
  public void kill(Keeper keeper) {
    Processes.killTree(keeper.handle());
    killMarked(String.valueOf(keeper.directory().getFileName()));
  }

  private void killMarked(String instance) {
    cgroups.kill(instance);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    List<ProcessHandle> left = Processes.withVariable(MARK + "=" + instance);
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      left.forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(PAUSE.toNanos());
      left = Processes.withVariable(MARK + "=" + instance);
    }
  }

  @Override
  public void clear(String instance, String function, Placement placement) {
    killMarked(instance);
    cgroups.remove(instance);
    synchronized (this) {
      ports.remove(instance);
    }
  }

  @Override
  public void clearAllBut(Set<String> instances) {
    for (String instance : cgroups.instances()) {
      if (!instances.contains(instance)) {
        cgroups.kill(instance);
        cgroups.remove(instance);
      }
    }
  }

  @Override
  public void dismantle() {
    cgroups.dismantle();
  }

  @Override
  public void close() {}
}
