package lmnop.controlplane.deletions;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Arguments;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.releases.Routers;
import lmnop.operations.lifecycle.Pace;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@code delete FUNCTION}: says what goes, has the function's name typed, deletes it, and waits
 * until nothing of it is left.
 */
public final class DeletionCommand {
  private static final Duration ANSWER = Duration.ofSeconds(150); // long logs take time
  private static final Duration ROUTER_PATIENCE = Duration.ofSeconds(2);
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Duration SILENCE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String ACTOR = "operator";
  private static final String USAGE = "delete FUNCTION [--owner OWNER] [--yes]";

  private final Deletions deletions;
  private final FunctionUrls urls;
  private final Routers routers;
  private final Pace pace;
  private final @Nullable BufferedReader terminal;
  private final Consumer<String> out;

  /**
   * Deletes functions of a database.
   *
   * @param terminal where the operator types; null where there is none
   */
  public DeletionCommand(
      Deletions deletions,
      FunctionUrls urls,
      Routers routers,
      Pace pace,
      @Nullable BufferedReader terminal,
      Consumer<String> out) {
    this.deletions = deletions;
    this.urls = urls;
    this.routers = routers;
    this.pace = pace;
    this.terminal = terminal;
    this.out = out;
  }

  /** Does what the arguments say. */
  public void run(String... words) throws IOException, InterruptedException {
    try {
      Arguments arguments =
          Arguments.parse(USAGE, new ArrayDeque<>(Arrays.asList(words)), "--owner=", "--yes");
      delete(arguments.ownerOrDefault(), arguments.function(), arguments.has("--yes"));
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private void delete(OwnerName owner, FunctionName function, boolean yes)
      throws IOException, InterruptedException {
    if (!yes && terminal == null) {
      throw new Misused(
          "there is no terminal to type the function's name at: --yes deletes it without: "
              + USAGE);
    }
    Doomed doomed = await(deletions.doomed(owner, function));
    say(owner, function, doomed);
    if (!yes) {
      confirm(function);
    }
    Deleted deleted = await(deletions.delete(owner, function, ACTOR));
    if (!routers.awaitApplied(deleted.change(), ROUTER_PATIENCE)) {
      out.accept("A router is slow to learn of this; it follows by itself.");
    }
    out.accept(function + " is deleted: its addresses answer 404, and its name is free.");
    follow(deleted);
  }

  private void say(OwnerName owner, FunctionName function, Doomed doomed) {
    out.accept("%s of %s goes, and nothing brings it back:".formatted(function, owner));
    List<String> lines = new ArrayList<>();
    doomed.hosts().forEach(host -> lines.add(urls.onHost(host)));
    lines.add(
        doomed.revisions() == 1 ? "1 revision" : "%d revisions".formatted(doomed.revisions()));
    if (doomed.others().isEmpty()) {
      lines.add(
          "the repository '%s', with its branches, tags, builds and their logs"
              .formatted(doomed.repository()));
    } else {
      lines.add(
          "the repository '%s' stays: it holds %s too"
              .formatted(doomed.repository(), String.join(", ", doomed.others())));
      if (doomed.named()) {
        lines.add(
            "%s of '%s' still names it: the next push that does so makes it anew"
                .formatted(doomed.branch(), doomed.repository()));
      }
    }
    lines.forEach(line -> out.accept("  " + line));
  }

  private void confirm(FunctionName function) throws IOException {
    out.accept("Type its name to delete it:");
    String typed = terminal == null ? null : terminal.readLine();
    if (typed == null || !typed.strip().equals(function.value())) {
      throw new Refused("That is not its name: nothing is deleted.");
    }
  }

  /** Waits for the last of it; requests in flight may take long. */
  private void follow(Deleted deleted) throws InterruptedException {
    Duration start = pace.elapsed();
    boolean silent = true;
    while (!await(deletions.isOver(deleted.id()))) {
      Duration waited = pace.elapsed().minus(start);
      if (silent && waited.compareTo(SILENCE) > 0) {
        silent = false; // said once
        out.accept(
            "Requests in flight have their time; what is left goes without this command too.");
      }
      if (waited.compareTo(PATIENCE) > 0) {
        return;
      }
      pace.pause(LOOK);
    }
    out.accept("Nothing of it is left.");
  }

  private static <T> T await(Mono<T> answer) {
    @Nullable T value = answer.block(ANSWER);
    return Objects.requireNonNull(value, "the database gave no row");
  }
}
