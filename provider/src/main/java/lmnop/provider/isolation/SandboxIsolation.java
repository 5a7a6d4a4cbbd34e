package lmnop.provider.isolation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lmnop.provider.artifacts.Artifact;
import lmnop.provider.artifacts.Bundle;
import lmnop.provider.artifacts.Image;
import lmnop.provider.artifacts.UnusableArtifact;

/**
 * Every instance in namespaces of its own, as a user of its own, on a root of its own that is
 * read-only but for {@code /tmp}, with no way but to its router and out.
 *
 * <p>Nothing of it outlives the instance's processes: the network namespace has no name, its link
 * goes with it, and all mounts are in the instance's own mount namespace.
 */
final class SandboxIsolation implements Isolation {
  private static final int BLOCK = 512; // bytes of the unit of ulimit -f

  /**
   * Those of images and of the templates that lmnop brings; others are translated when they come.
   */
  private static final Set<Integer> USUAL_PORTS = Set.of(5000, 8000, 8080);

  private final IsolationSettings settings;
  private final AddressRange range;
  private final AddressPool pool;
  private final Network network;
  private final InstanceNetworks networks;
  private final List<String> nameServers;
  private final Cgroups cgroups;
  private final boolean limitsTmpfs;

  private SandboxIsolation(
      IsolationSettings settings,
      AddressRange range,
      AddressPool pool,
      Network network,
      InstanceNetworks networks,
      List<String> nameServers,
      Cgroups cgroups,
      boolean limitsTmpfs) {
    this.settings = settings;
    this.range = range;
    this.pool = pool;
    this.network = network;
    this.networks = networks;
    this.nameServers = nameServers;
    this.cgroups = cgroups;
    this.limitsTmpfs = limitsTmpfs;
  }

  /**
   * Readies the machine.
   *
   * @param name four letters and digits that no other provider of the machine has
   * @param data a folder of ours
   */
  static SandboxIsolation open(
      IsolationSettings settings, String name, Path data, Cgroups cgroups, Clock clock)
      throws IOException {
    AddressRange range = AddressRange.parse(settings.addresses());
    List<String> nameServers =
        settings.dns().isEmpty() ? NameServers.ofMachine() : List.copyOf(settings.dns());
    Network network =
        new Network(
            range,
            settings.egress(),
            FunctionGateway.parse(settings.gateway()),
            nameServers,
            name,
            data);
    network.open();
    AddressPool pool =
        new AddressPool(
            range.size(),
            data.resolve("addresses"),
            clock,
            place -> Network.isRouted(range.address(place)),
            name.hashCode());
    return new SandboxIsolation(
        settings,
        range,
        pool,
        network,
        new InstanceNetworks(
            pool,
            place -> network.texts(range.address(place), USUAL_PORTS),
            new ReadyNetwork.Scripts(
                Script.install("network", data), Script.install("keeper-sandbox", data))),
        nameServers,
        cgroups,
        Bubblewrap.limitsTmpfs(Command.run("", "bwrap", "--version")));
  }

  @Override
  public String description() {
    return "sandboxed: namespaces and a user for each instance, addresses from " + range;
  }

  @Override
  public boolean sharesPorts() {
    return true;
  }

  @Override
  public boolean standsBy() {
    return true;
  }

  @Override
  public boolean runsImages() {
    return true;
  }

  @Override
  public Placement place(String instance, String function, Artifact artifact) throws IOException {
    int place = networks.take(function);
    return new Placement(range.address(place), artifact.port(), settings.firstUid() + place);
  }

  @Override
  public void keepPlace(String instance, String function, Placement placement) {
    pool.hold(range.place(placement.host()), function);
  }

  @Override
  public Keeper start(Plan plan) throws IOException, UnusableArtifact {
    Program program =
        switch (plan.artifact()) {
          case Bundle bundle ->
              Program.of(bundle.manifest(), Bubblewrap.HOME, Bubblewrap.DEPENDENCIES);
          case Image image -> Program.of(image.config());
        };
    Map<String, String> variables = variables(plan, program);
    LateVariables late = LateVariables.takeFrom(variables, plan.artifact());
    late.sayWhatIsMissing(plan.output());
    writeSandbox(plan, program, variables);
    writeProgram(plan, program, late);
    writeLimits(plan);
    int port = plan.placement().port();
    if (!USUAL_PORTS.contains(port)) {
      Files.writeString(
          plan.directory().resolve("translation.nft"), Network.translation(Set.of(port)));
    }
    return networks.start(range.place(plan.placement().host()), plan.directory());
  }

  /** What a shell reads before it becomes the program. */
  private void writeProgram(Plan plan, Program program, LateVariables late) throws IOException {
    Files.writeString(
        plan.directory().resolve("program.sh"),
        "ulimit -f %d\n%s"
            .formatted(
                settings.tmpSize().toBytes() / BLOCK, asArguments(command(plan, program, late))));
  }

  /** What a shell reads to have these words as its arguments. */
  static String asArguments(List<String> words) {
    return words.stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" ", "set -- ", "\n"));
  }

  private void writeLimits(Plan plan) throws IOException {
    List<Path> groups = cgroups.create(plan.instance(), plan.limits());
    Files.writeString(
        plan.directory().resolve("groups"),
        groups.stream().map(group -> group + "\n").collect(Collectors.joining()));
    FallbackLimits.writeIfNeeded(plan.directory(), plan.limits(), groups.isEmpty(), true);
  }

  private Map<String, String> variables(Plan plan, Program program) throws IOException {
    Map<String, String> variables = new HashMap<>(program.environment());
    variables.putAll(plan.environment());
    network.gatewayUrl().ifPresent(url -> variables.put(FunctionGateway.VARIABLE, url));
    if (plan.artifact() instanceof Image image) {
      variables.putIfAbsent("HOME", ImageUser.of(image).home());
    } else {
      variables.put("HOME", Bubblewrap.HOME);
    }
    variables.put("PORT", Integer.toString(plan.placement().port()));
    return variables;
  }

  private void writeSandbox(Plan plan, Program program, Map<String, String> variables)
      throws IOException {
    Path etc = Files.createDirectory(plan.directory().resolve("etc"));
    writeEtc(plan, etc);
    Path secrets = Files.createDirectory(plan.directory().resolve("secrets"));
    writeSecrets(plan, secrets);
    Path file = plan.directory().resolve("arguments");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(
        file,
        Bubblewrap.arguments(
            plan,
            program,
            variables,
            etc,
            secrets,
            limitsTmpfs ? settings.tmpSize().toBytes() : 0));
  }

  private void writeEtc(Plan plan, Path etc) throws IOException {
    int uid = plan.placement().uid();
    if (plan.artifact() instanceof Image image) {
      ImageUser.of(image).write(uid, etc);
    } else {
      Files.writeString(
          etc.resolve("passwd"),
          "root:x:0:0:root:/:/bin/false\nlmnop:x:%1$d:%1$d:lmnop:%2$s:/bin/sh\n"
              .formatted(uid, Bubblewrap.HOME));
      Files.writeString(etc.resolve("group"), "root:x:0:\nlmnop:x:" + uid + ":\n");
      Files.writeString(
          etc.resolve("nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
    }
    Files.writeString(etc.resolve("hosts"), "127.0.0.1 localhost " + plan.hostname() + "\n");
    Files.writeString(
        etc.resolve("resolv.conf"),
        nameServers.stream().map(s -> "nameserver " + s + "\n").collect(Collectors.joining()));
    openToAll(etc);
  }

  private static void openToAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      }
    }
  }

  private static void writeSecrets(Plan plan, Path folder) throws IOException {
    for (Map.Entry<String, byte[]> secret : plan.secrets().entrySet()) {
      Path file = folder.resolve(secret.getKey());
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(file, secret.getValue());
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
      Files.setAttribute(file, "unix:uid", plan.placement().uid());
    }
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-x------"));
    Files.setAttribute(folder, "unix:uid", plan.placement().uid());
  }

  /** The program as a user of its own, which begins with a line on input 4. */
  private static List<String> command(Plan plan, Program program, LateVariables late) {
    String id = Integer.toString(plan.placement().uid());
    List<String> command = new ArrayList<>(List.of("/usr/bin/setpriv", "--inh-caps=-all"));
    command.add("--no-new-privs");
    switch (plan.artifact()) {
      case Bundle _ -> {
        command.addAll(List.of("--reuid", id, "--regid", id, "--clear-groups"));
        command.addAll(List.of("--bounding-set=-all", "--"));
        command.addAll(Keeper.WAIT);
      }
      // An image need not hold a program that changes the user, so one of the machine's does, and
      // only then is the image's file system all that there is.
      case Image _ -> {
        command.add("--");
        command.addAll(Keeper.WAIT);
        command.addAll(List.of("/usr/bin/unshare", "--root=" + Bubblewrap.IMAGE));
        command.addAll(List.of("--wd=" + program.workingDirectory()));
        command.addAll(List.of("--setgid", id, "--setuid", id, "--"));
      }
    }
    command.addAll(late.setting());
    command.addAll(program.command());
    return command;
  }

  /** A small share of a processor would make a program's start take seconds, so it begins now. */
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

  /** The keeper's child is bubblewrap, its child the first process inside, its children ours. */
  @Override
  public void terminate(Keeper keeper) {
    keeper
        .handle()
        .children()
        .flatMap(ProcessHandle::children)
        .flatMap(ProcessHandle::children)
        .forEach(ProcessHandle::destroy);
  }

  /** When the first process inside ends, the kernel ends all others. */
  @Override
  public void kill(Keeper keeper) {
    Processes.killTree(keeper.handle());
    cgroups.kill(String.valueOf(keeper.directory().getFileName()));
  }

  @Override
  public void clear(String instance, String function, Placement placement) {
    cgroups.kill(instance);
    cgroups.remove(instance);
    networks.giveBack(range.place(placement.host()), function);
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
    networks.close();
    network.close();
    cgroups.dismantle();
  }

  @Override
  public void close() {
    networks.close();
  }
}
