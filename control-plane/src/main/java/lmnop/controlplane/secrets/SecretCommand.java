package lmnop.controlplane.secrets;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Arguments;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.revisions.Asked;
import lmnop.controlplane.revisions.ReleaseWatch;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** {@code lmnop secret}: understands its arguments and says what was done. */
public final class SecretCommand {
  private static final String USAGE =
      "secret add NAME [--owner OWNER] [--functions A,B] [--file FILE] [--roll]"
          + " · secret list [--owner OWNER] · secret remove NAME [--owner OWNER] [--force]"
          + " · secret rotate-key";
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final String ACTOR = "operator";
  private static final int SHORTEST_SCRUBBED = 6;

  private final Secrets secrets;
  private final ReleaseWatch watch;
  private final @Nullable InputStream input;
  private final Consumer<String> out;

  /**
   * A command.
   *
   * @param input what a value is read from; null where that is a terminal
   */
  public SecretCommand(
      Secrets secrets, ReleaseWatch watch, @Nullable InputStream input, Consumer<String> out) {
    this.secrets = secrets;
    this.watch = watch;
    this.input = input;
    this.out = out;
  }

  /** Does what the arguments say. */
  public void run(String... arguments) throws IOException, InterruptedException {
    Deque<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
    String verb = rest.isEmpty() ? "" : rest.removeFirst();
    try {
      switch (verb) {
        case "add" ->
            add(Arguments.parse(USAGE, rest, "--owner=", "--functions=", "--file=", "--roll"));
        case "list" -> list(Arguments.parse(USAGE, rest, "--owner="));
        case "remove" -> remove(Arguments.parse(USAGE, rest, "--owner=", "--force"));
        case "rotate-key" -> rotate(Arguments.parse(USAGE, rest));
        default -> throw new Misused("expected " + USAGE);
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private void add(Arguments arguments) throws IOException, InterruptedException {
    SecretName name = new SecretName(arguments.name());
    OwnerName owner = arguments.ownerOrDefault();
    List<FunctionName> functions = functions(arguments);
    byte[] value = value(arguments.value("--file").orElse(null));
    Secrets.Put put =
        await(secrets.put(owner, name, value, functions, arguments.has("--roll"), ACTOR));
    out.accept("Secret %s of %s has version %d.".formatted(name, owner, put.version()));
    if (value.length < SHORTEST_SCRUBBED) {
      out.accept(
          "It is shorter than %d bytes, so logs are not searched for it."
              .formatted(SHORTEST_SCRUBBED));
    }
    if (arguments.has("--roll")) {
      roll(put.rolled());
    } else if (put.version() > 1) {
      sayWhoHasAnother(owner, name, put.version());
    }
  }

  /** Null: as before; empty: every one. */
  private static @Nullable List<FunctionName> functions(Arguments arguments) {
    return arguments
        .value("--functions")
        .map(names ->
            names.equals("*")
                ? List.<FunctionName>of()
                : Arrays.stream(names.split(",", -1))
                    .map(name -> new FunctionName(name.strip()))
                    .toList())
        .orElse(null);
  }

  /** Says what each release does until all have ended; one that fails leaves the others alone. */
  private void roll(List<Asked> rolled) throws InterruptedException {
    if (rolled.isEmpty()) {
      out.accept("Nothing that serves reads it.");
    }
    boolean failed = false;
    for (Asked asked : rolled) {
      try {
        watch.carriedOut(asked);
      } catch (Refused e) {
        failed = true;
        out.accept(String.valueOf(e.getMessage()));
      }
    }
    if (failed) {
      throw new Refused("Not everything that reads it has the new value: see above.");
    }
  }

  private void sayWhoHasAnother(OwnerName owner, SecretName name, int version) {
    String readers =
        await(secrets.list(owner)).stream()
            .filter(listed -> listed.name().equals(name.value()))
            .flatMap(listed -> listed.readers().stream())
            .filter(reader -> !Objects.equals(reader.version(), version))
            .map(Secrets.Reader::function)
            .distinct()
            .collect(Collectors.joining(", "));
    if (!readers.isEmpty()) {
      out.accept(
          "It goes on with the value that it was deployed with, unless --roll deploys it anew: %s."
              .formatted(readers));
    }
  }

  private byte[] value(@Nullable String file) throws IOException {
    if (file != null) {
      Path path = Path.of(file);
      if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
        throw new Refused("There is no file '%s' that can be read.".formatted(file));
      }
      try (InputStream in = Files.newInputStream(path)) {
        return in.readNBytes(Secrets.LARGEST + 1);
      }
    }
    if (input == null) {
      throw new Misused(
          "write the value to standard input, as in printf %s \"$VALUE\" | ./lmnop secret add NAME, or name its file: "
              + USAGE);
    }
    return input.readNBytes(Secrets.LARGEST + 1);
  }

  private void list(Arguments arguments) {
    arguments.requireNoName();
    out.accept(
        "%-14s %-28s %-8s %-22s %-12s %-24s %s"
            .formatted("OWNER", "SECRET", "VERSION", "CHANGED", "BY", "FOR", "READ BY"));
    OwnerName owner = arguments.owner().orElse(null);
    for (Secrets.Listed secret : await(secrets.list(owner))) {
      List<String> functions = secret.functions();
      out.accept(
          "%-14s %-28s %-8d %-22s %-12s %-24s %s"
              .formatted(
                  secret.owner(),
                  secret.name(),
                  secret.version(),
                  secret.changedAt().truncatedTo(ChronoUnit.SECONDS),
                  secret.changedBy(),
                  functions == null ? "every function" : String.join(", ", functions),
                  readers(secret)));
    }
  }

  private static String readers(Secrets.Listed secret) {
    return secret.readers().isEmpty()
        ? "nothing"
        : secret.readers().stream()
            .map(reader -> words(reader, secret.version()))
            .collect(Collectors.joining(", "));
  }

  private static String words(Secrets.Reader reader, int newest) {
    Integer version = reader.version();
    return reader.function()
        + (reader.preview() ? " (preview)" : "")
        + (version == null
            ? " (one that was removed)"
            : version == newest ? "" : " (version %d)".formatted(version));
  }

  private void remove(Arguments arguments) {
    SecretName name = new SecretName(arguments.name());
    OwnerName owner = arguments.ownerOrDefault();
    secrets.remove(owner, name, arguments.has("--force"), ACTOR).block(ANSWER);
    out.accept(
        "Secret %s of %s is removed; what runs with it keeps it until it is deployed again."
            .formatted(name, owner));
  }

  private void rotate(Arguments arguments) {
    arguments.requireNoName();
    long count = await(secrets.rotateKey(ACTOR));
    out.accept(
        "The master key is another one, for all secrets (%d). A backup from before needs the old one."
            .formatted(count));
  }

  private static <T> T await(Mono<T> answer) {
    @Nullable T value = answer.block(ANSWER);
    return Objects.requireNonNull(value, "the database gave no row");
  }
}
