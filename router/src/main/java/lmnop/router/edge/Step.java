package lmnop.router.edge;

import org.jspecify.annotations.Nullable;

/** What happens to a request, in running order. After the last step bytes flow both ways. */
enum Step {
  /** Refuses what two parsers could understand in two ways, and what this router does not do. */
  CHECK(RequestCheck::run),
  /** Finds out from host and path whose request it is. */
  RESOLVE(Resolution::run),
  /** Answers what the function has the router answer, and refuses who asks too often. */
  ADMIT(Admission::run),
  /** Drops what strangers must not say, and writes what the function may rely on. */
  REWRITE(RequestRewrite::run),
  /** Picks a revision by weight and the less busy of two instances, or waits for the first one. */
  CHOOSE(Choice::run),
  /** Takes an idle connection of this event loop or opens one, and sends the request on it. */
  SEND(Sending::run);

  @FunctionalInterface
  private interface Work {
    Progress run(Exchange exchange);
  }

  @SuppressWarnings("ImmutableEnumChecker") // every one is a function without state
  private final Work work;

  Step(Work work) {
    this.work = work;
  }

  Progress run(Exchange exchange) {
    return work.run(exchange);
  }

  /** Returns the step after this one, or null after the last. */
  @Nullable Step next() {
    return switch (this) {
      case CHECK -> RESOLVE;
      case RESOLVE -> ADMIT;
      case ADMIT -> REWRITE;
      case REWRITE -> CHOOSE;
      case CHOOSE -> SEND;
      case SEND -> null;
    };
  }
}
