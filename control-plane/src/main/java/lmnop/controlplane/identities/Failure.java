package lmnop.controlplane.identities;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Why nobody is signed in; in words for whoever tried, who learns nothing else. */
public enum Failure {
  EXPIRED("This sign-in is over, was used already, or began in another browser: begin again."),
  DENIED("You were not let in there, or did not allow it."),
  PROVIDER("What came back proves nothing: the log of the platform says why. Try again later."),
  AWAY("The other side does not answer now: try again later."),
  UNKNOWN(
      "Nobody here is known by that identity: sign in with your password, and link it on the page of your account."),
  DISABLED("That account is disabled."),
  TAKEN("That identity is linked to another account already."),
  FULL("Too many sign in at once: try again in a few minutes.");

  private final String words;

  Failure(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }

  /** As it stands in an address. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What stands in an address, if it is one of these. */
  public static Optional<Failure> of(String code) {
    return Arrays.stream(values()).filter(one -> one.code().equals(code)).findFirst();
  }
}
