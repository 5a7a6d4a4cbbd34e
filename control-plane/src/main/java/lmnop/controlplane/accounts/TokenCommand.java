package lmnop.controlplane.accounts;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import lmnop.operations.credentials.Token;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * {@code lmnop token}: the tokens of owners, with which functions are called, and those of users,
 * with which programs push and use the API.
 */
public final class TokenCommand {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final String ACTOR = "operator";
  private static final Duration LIFETIME = Duration.ofDays(90); // of users' tokens
  private static final String LINE = "%-24s %-8s %-16s %-22s %-22s %-22s %s";
  private static final String USAGE =
      "token add NAME [--owner OWNER] [--function FUNCTION]... [--expires 30d]"
          + " · token add NAME --user USER --scope push|read|deploy|admin [--owner OWNER]"
          + " [--expires 30d] · token list [--owner OWNER] [--user USER]"
          + " · token remove NAME [--owner OWNER | --user USER]";

  private final InvokeTokens invoking;
  private final ApiTokens api;
  private final Consumer<String> out;

  public TokenCommand(InvokeTokens invoking, ApiTokens api, Consumer<String> out) {
    this.invoking = invoking;
    this.api = api;
    this.out = out;
  }

  /** Does what the arguments say. */
  public void run(String... arguments) {
    Deque<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
    String verb = rest.isEmpty() ? "" : rest.removeFirst();
    try {
      switch (verb) {
        case "add" ->
            add(
                Arguments.parse(
                    USAGE, rest, "--owner=", "--function=", "--expires=", "--user=", "--scope="));
        case "list" -> list(Arguments.parse(USAGE, rest, "--owner=", "--user="));
        case "remove" -> remove(Arguments.parse(USAGE, rest, "--owner=", "--user="));
        default -> throw new Misused("expected " + USAGE);
      }
    } catch (InvalidName e) {
      throw new Refused(e.getMessage() + ".");
    }
  }

  private void add(Arguments arguments) {
    String user = arguments.value("--user").orElse(null);
    if (user == null) {
      if (arguments.value("--scope").isPresent()) {
        throw arguments.misused("--scope is for a token of a --user");
      }
      addInvoking(arguments);
    } else {
      addOf(user, arguments);
    }
  }

  private void addInvoking(Arguments arguments) {
    String name = arguments.name();
    OwnerName owner = arguments.owner().orElse(OwnerName.DEFAULT);
    List<String> functions = arguments.values("--function");
    Duration lifetime = lifetime(arguments).orElse(null);
    Token token =
        Objects.requireNonNull(invoking.add(owner, name, functions, lifetime, ACTOR).block(ANSWER));
    out.accept(
        "Token %s opens %s, where access is token."
            .formatted(name, opens(owner.value(), functions)));
    out.accept("Token: " + token.value());
    out.accept("It is shown this once and stored nowhere; callers send it as X-Lmnop-Token.");
    out.accept(
        arguments
            .value("--expires")
            .map("It expires in %s."::formatted)
            .orElse("It never expires: ./lmnop token remove %s ends it.".formatted(name)));
  }

  private void addOf(String user, Arguments arguments) {
    if (!arguments.values("--function").isEmpty()) {
      throw arguments.misused("--function is for a token with which functions are called");
    }
    Scope scope =
        arguments
            .value("--scope")
            .flatMap(Scope::of)
            .orElseThrow(() -> arguments.misused("--scope is one of push, read, deploy, admin"));
    OwnerName owner = arguments.owner().orElse(null);
    Duration lifetime = lifetime(arguments).orElse(LIFETIME);
    ApiTokens.Wanted wanted = new ApiTokens.Wanted(user, arguments.name(), scope, owner, lifetime);
    Token token = Objects.requireNonNull(api.add(wanted, ACTOR).block(ANSWER));
    out.accept(
        "Token %s of %s is good for %s at %s."
            .formatted(wanted.name(), user, scope.text(), where(user, owner)));
    out.accept("Token: " + token.value());
    out.accept(
        scope == Scope.PUSH
            ? "It is shown this once and stored nowhere; git takes it as the password."
            : "It is shown this once and stored nowhere; programs send it as Authorization: Bearer,"
                + " or as the password.");
    out.accept(
        "It expires in %s: ./lmnop token remove %s --user %s ends it before."
            .formatted(arguments.value("--expires").orElse("90d"), wanted.name(), user));
  }

  private static Optional<Duration> lifetime(Arguments arguments) {
    return arguments
        .value("--expires")
        .map(text ->
            Lifetime.of(text)
                .orElseThrow(() ->
                    new Misused(
                        "'%s' is no time for --expires: write 30d, 12h or 90m, at most 3650d"
                            .formatted(text))));
  }

  private static String opens(String owner, List<String> functions) {
    return functions.isEmpty()
        ? "every function of " + owner
        : String.join(", ", functions) + " of " + owner;
  }

  private static String where(String user, @Nullable Object owner) {
    return owner == null ? "every owner of " + user : owner.toString();
  }

  private void list(Arguments arguments) {
    arguments.requireNoName();
    OwnerName owner = arguments.owner().orElse(null);
    String user = arguments.value("--user").orElse(null);
    out.accept(LINE.formatted("TOKEN", "SCOPE", "USER", "CREATED", "EXPIRES", "USED", "OPENS"));
    if (user == null) {
      for (InvokeTokens.Listed token : all(invoking.list(owner))) {
        out.accept(
            LINE.formatted(
                token.name(),
                "invoke",
                "-",
                seconds(token.createdAt(), ""),
                seconds(token.expiresAt(), "never"),
                "-",
                opens(token.owner(), token.functions())));
      }
    }
    for (ApiTokens.Listed token : all(api.list(user))) {
      if (owner == null || owner.value().equals(token.owner())) {
        out.accept(
            LINE.formatted(
                token.name(),
                token.scope(),
                token.account(),
                seconds(token.createdAt(), ""),
                seconds(token.expiresAt(), "never"),
                seconds(token.usedAt(), "not yet"),
                where(token.account(), token.owner())));
      }
    }
  }

  private static <T> List<T> all(Flux<T> listed) {
    return Objects.requireNonNull(listed.collectList().block(ANSWER));
  }

  private static String seconds(@Nullable Instant moment, String otherwise) {
    return moment == null ? otherwise : moment.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private void remove(Arguments arguments) {
    String name = arguments.name();
    String user = arguments.value("--user").orElse(null);
    if (user == null) {
      OwnerName owner = arguments.owner().orElse(OwnerName.DEFAULT);
      invoking.remove(owner, name, ACTOR).block(ANSWER);
      out.accept(
          "Token %s opens nothing any more; a router without its database learns of it when that is back."
              .formatted(name));
    } else {
      api.remove(user, name, ACTOR).block(ANSWER);
      out.accept("Token %s of %s is worth nothing any more.".formatted(name, user));
    }
  }
}
