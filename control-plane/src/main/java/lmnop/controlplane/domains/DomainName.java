package lmnop.controlplane.domains;

import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Refused;

/**
 * A host that is not the platform's: at least two labels, in the form in which routers look it up.
 */
public record DomainName(String value) {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final int LONGEST = 253 - "_lmnop.".length(); // its proof has a name too

  /**
   * Reads what somebody typed: any case, with or without the dot at the end, letters of any script.
   *
   * @throws Refused if it is no host
   */
  public static DomainName of(String typed) {
    String host = typed.strip();
    host = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    String ascii;
    try {
      ascii = IDN.toASCII(host, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw refused(typed);
    }
    String[] labels = ascii.split("\\.", -1);
    boolean number = labels[labels.length - 1].matches("[0-9]+|0x[0-9a-f]*"); // an address
    if (labels.length < 2 || number || ascii.length() > LONGEST) {
      throw refused(typed);
    }
    for (String label : labels) {
      if (!LABEL.matcher(label).matches()) {
        throw refused(typed);
      }
    }
    return new DomainName(ascii);
  }

  private static Refused refused(String typed) {
    return new Refused(
        "'%s' is no domain that a function can have: a name such as shop.example.com is expected, without '*', port or path."
            .formatted(typed));
  }

  /** Whether it is another host, or lies below it. */
  boolean isWithin(String other) {
    return value.equals(other) || value.endsWith("." + other);
  }

  @Override
  public String toString() {
    return value;
  }
}
