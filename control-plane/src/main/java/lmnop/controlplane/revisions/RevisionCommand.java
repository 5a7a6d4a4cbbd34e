package lmnop.controlplane.revisions;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.releases.ReleaseReport;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.releases.Seconds;
import lmnop.controlplane.releases.StageLog;
import lmnop.operations.lifecycle.Pace;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@code revisions FUNCTION} and {@code rollback FUNCTION [NUMBER]}: asks for what the control
 * plane then does, and shows it until it has ended.
 */
public final class RevisionCommand {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final Duration SILENCE = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final String ACTOR = "operator";
  private static final String USAGE =
      "revisions FUNCTION [--owner OWNER] · rollback FUNCTION [NUMBER] [--owner OWNER]";

  private final Revisions revisions;
  private final Releases releases;
  private final Routers routers;
  private final Pace pace;
  private final Consumer<String> out;

  public RevisionCommand(
      Revisions revisions, Releases releases, Routers routers, Pace pace, Consumer<String> out) {
    this.revisions = revisions;
    this.releases = releases;
    this.routers = routers;
    this.pace = pace;
    this.out = out;
  }

  /** What stands behind the verb. */
  private static final class Arguments {
    private @Nullable String function;
    private @Nullable String number;
    private @Nullable String owner;

    static Arguments parse(boolean numbered, String... words) {
      Arguments arguments = new Arguments();
      Deque<String> rest = new ArrayDeque<>(Arrays.asList(words));
      while (!rest.isEmpty()) {
        String next = rest.removeFirst();
        if (next.equals("--owner")) {
          if (rest.isEmpty()) {
            throw new Misused("--owner needs a value: " + USAGE);
          }
          arguments.owner = rest.removeFirst();
        } else if (next.startsWith("--")) {
          throw new Misused("'%s' is no option here: %s".formatted(next, USAGE));
        } else if (arguments.function == null) {
          arguments.function = next;
        } else if (numbered && arguments.number == null) {
          arguments.number = next;
        } else {
          throw new Misused("'%s' is too much: %s".formatted(next, USAGE));
        }
      }
      return arguments;
    }

    FunctionName function() {
      if (function == null) {
        throw new Misused("the name of a function is missing: " + USAGE);
      }
      return new FunctionName(function);
    }

    OwnerName owner() {
      return owner == null ? OwnerName.DEFAULT : new OwnerName(owner);
    }

    @Nullable Integer number() {
      if (number == null) {
        return null;
      }
      if (!number.matches("[1-9][0-9]{0,8}")) {
        throw new Misused("'%s' is no number of a revision: %s".formatted(number, USAGE));
      }
      return Integer.valueOf(number);
    }
  }

  /** Does what the arguments say. */
  public void run(String verb, String... arguments) throws InterruptedException {
    boolean back = verb.equals("rollback");
    Arguments parsed = Arguments.parse(back, arguments);
    try {
      if (back) {
        rollBack(parsed.owner(), parsed.function(), parsed.number());
      } else {
        list(parsed.owner(), parsed.function());
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private void list(OwnerName owner, FunctionName function) {
    out.accept("%-9s %-8s %-16s %-22s %s".formatted("REVISION", "COMMIT", "WHO", "WHEN", "STATE"));
    for (Revision revision : await(revisions.of(owner, function))) {
      out.accept(
          "%-9d %-8s %-16s %-22s %s"
              .formatted(
                  revision.number(),
                  revision.shortCommit(),
                  revision.actor(),
                  revision.createdAtInWords(),
                  revision.stateInWords()));
    }
  }

  private void rollBack(OwnerName owner, FunctionName function, @Nullable Integer number)
      throws InterruptedException {
    Rollback rollback = await(revisions.rollBack(owner, function, number, ACTOR));
    Instant askedAt = await(releases.progress(rollback.release())).askedAt();
    ReleaseReport report = new ReleaseReport(out, askedAt);
    if (rollback.waitsFor() != null) {
      report.note(askedAt, rollback.waitsFor() + " is under way: this waits for its end");
    }
    Releases.Progress ended = follow(rollback.release(), report);
    Instant endedAt = Objects.requireNonNullElse(ended.endedAt(), askedAt);
    if (!ended.succeeded()) {
      throw new Refused(
          ReleaseReport.failure(ended.stage(), ended.fault(), ended.message())
              + "\nWhat served before goes on.");
    }
    Releases.@Nullable Switched switched = releases.switched(rollback.release()).block(ANSWER);
    if (switched != null) {
      report.cutover(switched, routers, endedAt);
    }
    out.accept(
        "%s serves with revision %d%s: rolled back in %s."
            .formatted(
                function,
                rollback.number(),
                of(rollback.commit()),
                Seconds.of(Duration.between(askedAt, endedAt))));
    out.accept("Its branch stays where it is, ahead of what serves; the next push goes on there.");
  }

  private static String of(@Nullable String commit) {
    return commit == null ? "" : ", commit " + commit.substring(0, Math.min(7, commit.length()));
  }

  /** Shows what a release says, until it has ended. */
  private Releases.Progress follow(long release, ReleaseReport report) throws InterruptedException {
    Duration start = pace.elapsed();
    int shown = 0;
    boolean silent = true;
    while (true) {
      Releases.Progress progress = await(releases.progress(release));
      for (StageLog.Entry entry : lines(release, shown)) {
        report.entry(entry);
        shown = entry.number();
      }
      if (progress.endedAt() != null) {
        return progress;
      }
      Duration waited = pace.elapsed().minus(start);
      if (silent && shown == 0 && waited.compareTo(SILENCE) > 0) {
        silent = false; // said once
        out.accept("It waits for a control plane; it happens without this command too.");
      }
      if (waited.compareTo(PATIENCE) > 0) {
        throw new Refused(
            "It has not ended after %s and goes on by itself: ./lmnop revisions shows how it ends."
                .formatted(Seconds.of(PATIENCE)));
      }
      pace.pause(LOOK);
    }
  }

  private List<StageLog.Entry> lines(long release, int after) {
    return await(releases.said(release, after).collectList());
  }

  private static <T> T await(Mono<T> answer) {
    @Nullable T value = answer.block(ANSWER);
    return Objects.requireNonNull(value, "the database gave no row");
  }
}
