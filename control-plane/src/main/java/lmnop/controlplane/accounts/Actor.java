package lmnop.controlplane.accounts;

import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Who makes a request, as proven by what was shown.
 *
 * @param name the account's name, as it stands in the audit
 * @param administrator whether the account has every right everywhere
 * @param right what may be done at most with what was shown; everything, if it was a password
 * @param onlyOwner the id of the one owner that it is good for; null means the account's every
 *     owner
 * @param inPerson whether a password or a session was shown, and no token
 */
public record Actor(
    long accountId,
    String name,
    boolean administrator,
    Right right,
    @Nullable Long onlyOwner,
    boolean inPerson) {
  /**
   * The owners at which the actor has a right, as a row source of a statement (columns {@code
   * owner_id}, {@code owner}); {@link #having} has its values.
   */
  public static final String OWNERS = "owners_of(:account, :roles, CAST(:only AS bigint))";

  private static final long NOBODY = 0; // no account has this id
  private static final String ATTRIBUTE = Actor.class.getName();

  /** Who makes this request; every request behind the {@link Gate} has one, but for open routes. */
  public static Actor of(ServerRequest request) {
    return request
        .attribute(ATTRIBUTE)
        .map(Actor.class::cast)
        .orElseThrow(() -> new Refusal(HttpStatus.UNAUTHORIZED, "Nobody is signed in."));
  }

  void makes(ServerRequest request) {
    request.attributes().put(ATTRIBUTE, this);
  }

  /** The values of {@link #OWNERS}: nobody's, if what was shown is not good for that right. */
  public Map<String, Object> having(Right wanted) {
    return Map.of(
        "account", right.includes(wanted) ? accountId : NOBODY,
        "roles", Role.having(wanted).toArray(String[]::new),
        "only", Optional.ofNullable(onlyOwner).map(String::valueOf));
  }

  /** Whether everything everywhere may be done with what was shown. */
  public boolean mayEverything() {
    return administrator && right == Right.ADMIN && onlyOwner == null;
  }
}
