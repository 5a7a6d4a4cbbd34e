package lmnop.standalone;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import lmnop.standalone.apps.Urls;
import lmnop.standalone.checks.Doctor;
import lmnop.standalone.checks.Preconditions;
import lmnop.standalone.data.Options;
import lmnop.standalone.demo.Demo;
import lmnop.standalone.terminal.Terminal;

/** Starts the platform on this machine and stays until it is asked to end. */
public final class StandaloneMain {
  /** A start that is over and quiet; the caches are then made of what it loaded. */
  private static final Duration BEFORE_CACHES = Duration.ofSeconds(20);

  private static final int REFUSED = 1;
  private static final int MISUSED = 2;

  private StandaloneMain() {}

  public static void main(String... arguments) throws InterruptedException {
    if (arguments.length > 0 && arguments[0].equals("doctor")) {
      System.exit(Doctor.run(arguments));
    }
    try {
      Options options = Options.parse(Arrays.asList(arguments));
      Optional<String> problem = Preconditions.problem(options);
      if (problem.isPresent()) {
        refuse(REFUSED, problem.get());
      }
      System.exit(run(options, Terminal.standardOutput()));
    } catch (Options.Misused e) {
      refuse(MISUSED, e.getMessage());
    }
  }

  private static void refuse(int code, @org.jspecify.annotations.Nullable String sentence) {
    System.err.println(sentence);
    System.exit(code);
  }

  /** Starts, does what the command asks, and waits for Ctrl-C unless the demo is to stop. */
  private static int run(Options options, Terminal terminal) throws InterruptedException {
    Platform platform = new Platform(options, terminal);
    Thread ending = Thread.ofPlatform().name("stop").unstarted(() -> stop(platform, terminal));
    Runtime.getRuntime().addShutdownHook(ending);
    try {
      platform.start();
      boolean seen = true;
      if (options.command().equals("demo")) {
        seen = new Demo(options, new Urls(options.ports()), platform.credentials(), terminal).run();
      }
      if (options.exit()) {
        makeTheNextStartFast(platform, terminal);
        return seen ? 0 : REFUSED;
      }
      new Welcome(options, terminal).print(platform.credentials());
      terminal.line("Ctrl-C stops everything.");
      platform.showOutput();
      CountDownLatch never = new CountDownLatch(1);
      never.await(BEFORE_CACHES.toMillis(), TimeUnit.MILLISECONDS);
      platform.makeStartupCaches(1); // beside the functions that run by now
      never.await();
      return 0;
    } catch (StartFailed e) {
      terminal.status("");
      System.err.println(e.getMessage());
      return REFUSED;
    } catch (IOException e) {
      terminal.status("");
      System.err.println("lmnop does not start: " + e.getMessage());
      return REFUSED;
    }
  }

  /** A platform that stays does this beside its work; one that stops at once has to do it now. */
  private static void makeTheNextStartFast(Platform platform, Terminal terminal)
      throws InterruptedException {
    if (!platform.hasStartupCaches()) {
      terminal.status("making start-up caches: the next start takes less than half the time");
      platform.makeStartupCaches(Runtime.getRuntime().availableProcessors());
      terminal.status("");
    }
  }

  private static void stop(Platform platform, Terminal terminal) {
    terminal.status("");
    terminal.line("Stopping …");
    try {
      platform.stop();
      terminal.line("Everything has stopped.");
    } catch (IOException e) {
      terminal.line("Not everything stopped cleanly: " + e.getMessage());
    }
  }
}
