package lmnop.controlplane.builds;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Arguments;
import lmnop.controlplane.git.Harmless;
import lmnop.controlplane.releases.StageLog;
import lmnop.operations.database.Database;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code lmnop builds}, {@code log} and {@code cancel}: what is under way, what it says, its end.
 */
public final class BuildCommand {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final String ACTOR = "operator";
  private static final String LOG_USAGE =
      "log BUILD [--after LINE] [--json], with numbers as ./lmnop builds and log show them";
  private static final String CANCEL_USAGE =
      "cancel BUILD, with a number as ./lmnop builds shows it";
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

  private final BuildRecords records;
  private final BuildQueue underway;
  private final boolean colours;
  private final Consumer<String> out;

  /**
   * Works on a database.
   *
   * @param colours whether who reads it is a terminal
   */
  public BuildCommand(Database database, boolean colours, Consumer<String> out) {
    this.colours = colours;
    this.records = new BuildRecords(database);
    this.underway = new BuildQueue(database);
    this.out = out;
  }

  /** Shows the builds that have not ended. */
  public void list(String... arguments) {
    Arguments.parse("builds", words(arguments)).requireNoName();
    List<BuildQueue.Underway> builds = Objects.requireNonNull(underway.underway().block(ANSWER));
    out.accept(
        "%-8s %-32s %-9s %-10s %-22s %-16s %s"
            .formatted("BUILD", "FUNCTION", "COMMIT", "STATE", "SINCE", "BY", "EXPECTED"));
    for (BuildQueue.Underway build : builds) {
      out.accept(
          "%-8d %-32s %-9s %-10s %-22s %-16s %s"
              .formatted(
                  build.id(),
                  build.owner() + "/" + build.repository(),
                  build.commit().substring(0, 7),
                  build.state().name().toLowerCase(Locale.ROOT),
                  build.since().truncatedTo(ChronoUnit.SECONDS),
                  build.pusher(),
                  Expectation.words(build))
              .strip());
    }
  }

  /** Shows a log, or what of it comes after a line's number. */
  public void log(String... arguments) {
    Arguments typed = Arguments.parse(LOG_USAGE, words(arguments), "--after=", "--json");
    boolean json = typed.has("--json");
    long id = number(typed, typed.name());
    int shown =
        typed
            .value("--after")
            .map(text -> (int) Math.min(Integer.MAX_VALUE, number(typed, text)))
            .orElse(0);
    List<StageLog.Entry> lines;
    do {
      lines = Objects.requireNonNull(records.log(id, shown).collectList().block(ANSWER));
      for (StageLog.Entry line : lines) {
        out.accept(json ? json(line) : text(line));
        shown = line.number();
      }
    } while (!lines.isEmpty());
  }

  private String text(StageLog.Entry line) {
    return "%6d  %s  %-8s  %s"
        .formatted(
            line.number(),
            line.at().truncatedTo(ChronoUnit.MILLIS),
            line.stage(),
            colours ? Harmless.coloured(line.text()) : Harmless.plain(line.text()));
  }

  private static String json(StageLog.Entry line) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("number", line.number());
    members.put("at", line.at().toString());
    members.put("stage", line.stage());
    members.put("text", Harmless.plain(line.text()));
    return JsonMapper.shared().writeValueAsString(members);
  }

  private static Deque<String> words(String... arguments) {
    return new ArrayDeque<>(Arrays.asList(arguments));
  }

  private static long number(Arguments typed, String text) {
    if (!NUMBER.matcher(text).matches()) {
      throw typed.misused("'%s' is no number".formatted(text));
    }
    return Long.parseLong(text);
  }

  /** Ends a build that is not built yet; its pusher is told by whom. */
  public void cancel(String... arguments) {
    Arguments typed = Arguments.parse(CANCEL_USAGE, words(arguments));
    long id = number(typed, typed.name());
    Build build = Objects.requireNonNull(records.cancel(id, ACTOR).block(ANSWER));
    out.accept(
        "Build %d of %s is cancelled: its processes end, and what ran before goes on."
            .formatted(id, build.shortCommit()));
  }
}
