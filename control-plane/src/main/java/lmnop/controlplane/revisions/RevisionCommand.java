package lmnop.controlplane.revisions;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Arguments;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.releases.Seconds;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@code revisions}, {@code rollback}, {@code split} and {@code promote}: asks for what the control
 * plane then does, and shows it until it has ended.
 */
public final class RevisionCommand {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final String ACTOR = "operator";
  private static final Pattern SHARE = Pattern.compile("([1-9][0-9]{0,8})=([0-9]|[1-9][0-9]|100)");

  private final Revisions revisions;
  private final ReleaseWatch watch;
  private final Consumer<String> out;

  public RevisionCommand(Revisions revisions, ReleaseWatch watch, Consumer<String> out) {
    this.revisions = revisions;
    this.watch = watch;
    this.out = out;
  }

  private static String operand(String verb) {
    return switch (verb) {
      case "rollback" -> " [NUMBER]";
      case "split" -> " [NUMBER=PERCENT]";
      case "promote" -> " BRANCH";
      default -> "";
    };
  }

  /** Does what the arguments say. */
  public void run(String verb, String... arguments) throws InterruptedException {
    String usage = "%s FUNCTION%s [--owner OWNER]".formatted(verb, operand(verb));
    Arguments parsed =
        Arguments.parse(
            usage,
            operand(verb).isEmpty() ? 1 : 2,
            new ArrayDeque<>(Arrays.asList(arguments)),
            "--owner=");
    try {
      switch (verb) {
        case "rollback" -> rollBack(parsed.ownerOrDefault(), parsed.function(), number(parsed));
        case "split" -> split(parsed);
        case "promote" -> promote(parsed);
        default -> list(parsed.ownerOrDefault(), parsed.function());
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private static @Nullable Integer number(Arguments parsed) {
    String text = parsed.optional(1).orElse(null);
    if (text != null && !text.matches("[1-9][0-9]{0,8}")) {
      throw parsed.misused("'%s' is no number of a revision".formatted(text));
    }
    return text == null ? null : Integer.valueOf(text);
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
    Asked asked = await(revisions.rollBack(owner, function, number, ACTOR));
    Duration took = watch.carriedOut(asked);
    out.accept(
        "%s serves with revision %d%s: rolled back in %s."
            .formatted(function, asked.number(), of(asked.commit()), Seconds.of(took)));
    if (await(revisions.of(owner, function)).stream()
        .anyMatch(other -> other.served() && other.number() > asked.number())) {
      out.accept(
          "Its branch stays where it is, ahead of what serves; the next push goes on there.");
    }
  }

  private void split(Arguments parsed) throws InterruptedException {
    OwnerName owner = parsed.ownerOrDefault();
    FunctionName function = parsed.function();
    String share = parsed.optional(1).orElse(null);
    if (share == null) {
      showShares(owner, function);
      return;
    }
    Matcher wanted = SHARE.matcher(share);
    if (!wanted.matches()) {
      throw parsed.misused(
          "'%s' is no share; 3=10 gives revision 3 ten percent and leaves the rest to what serves"
              .formatted(share));
    }
    watch.carriedOut(
        await(
            revisions.split(
                owner,
                function,
                Integer.parseInt(wanted.group(1)),
                Integer.parseInt(wanted.group(2)),
                ACTOR)));
    showShares(owner, function);
  }

  private void showShares(OwnerName owner, FunctionName function) {
    await(revisions.of(owner, function)).stream()
        .filter(revision -> revision.weight() > 0)
        .forEach(revision ->
            out.accept(
                "%3d %%  revision %d%s"
                    .formatted(revision.weight(), revision.number(), of(revision.commit()))));
  }

  private void promote(Arguments parsed) throws InterruptedException {
    OwnerName owner = parsed.ownerOrDefault();
    FunctionName function = parsed.function();
    String branch = parsed.name(1, "the branch whose preview shall serve");
    Asked asked = await(revisions.promote(owner, function, branch, ACTOR));
    Duration took = watch.carriedOut(asked);
    out.accept(
        "%s serves with revision %d%s, as a push of %s would have made it: promoted in %s."
            .formatted(function, asked.number(), of(asked.commit()), branch, Seconds.of(took)));
  }

  private static String of(@Nullable String commit) {
    return commit == null ? "" : ", commit " + commit.substring(0, Math.min(7, commit.length()));
  }

  private static <T> T await(Mono<T> answer) {
    @Nullable T value = answer.block(ANSWER);
    return Objects.requireNonNull(value, "the database gave no row");
  }
}
