package lmnop.builderworker.sandbox;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import lmnop.builderworker.registries.Registries;
import lmnop.builderworker.registries.RegistryProxy;

/** A sandbox as a worker that is not root opens it; prints what came of the commands in it. */
final class UnprivilegedMain {
  private UnprivilegedMain() {}

  /** Arguments: a folder of its own; the folder with the probes; their targets. */
  public static void main(String[] arguments) throws Exception {
    Path own = Path.of(arguments[0]);
    Path work = Files.createDirectory(own.resolve("work"));
    Registries registries =
        Registries.open(
            own.resolve("doors"),
            new Registries.Choice(List.of(), true, Map.of(), List.of(), 1 << 20));
    try (Sandbox sandbox = Sandbox.detect(own.resolve("sandbox"), false);
        RegistryProxy proxy =
            registries.open(
                "python3", List.of("registry.example.org", "localhost"), UnprivilegedMain::say)) {
      System.out.println("walls: " + sandbox.refusal().orElse(sandbox.description()));
      Command probes =
          ProbesTest.command(
              work, Path.of(arguments[1]), arguments[2], Optional.of(proxy.socket()), List.of());
      sandbox.run(probes, UnprivilegedMain::say);
      System.out.println(
          "time: " + run(sandbox, work, "setsid sleep 3099 & sleep 3099", Duration.ofSeconds(1)));
      Duration time = Duration.ofSeconds(20);
      System.out.println("disk: " + run(sandbox, work, "head -c 10G /dev/zero > a", time));
      String closed = "mkdir closed; chmod 0 closed; head -c 10G /dev/zero > b";
      System.out.println("disk beside a closed folder: " + run(sandbox, work, closed, time));
      System.out.println("output: " + run(sandbox, work, "yes | head -c 10G", time));
    }
    for (ProcessHandle ending : ProcessHandle.current().descendants().toList()) {
      ending
          .onExit()
          .completeOnTimeout(ending, 10, TimeUnit.SECONDS)
          .join(); // killed, not yet gone
    }
    List<String> left =
        ProcessHandle.current().descendants().map(process -> process.info().toString()).toList();
    System.out.println("left: " + left);
  }

  private static void say(String line) {
    System.out.println(line);
  }

  private static Ended.How run(Sandbox sandbox, Path work, String script, Duration time)
      throws Exception {
    Command command =
        new Command(
            "a test",
            script,
            "WORK",
            List.of(new Command.Place("WORK", work, "/work", true)),
            Map.of(),
            Optional.empty(),
            new Command.Limits(time, 256L << 20, 100, 1L << 40, 64L << 20, 8 << 20));
    return sandbox.run(command, line -> {}).how();
  }
}
