package lmnop.controlplane.functions;

import java.math.BigInteger;

/** Numbers as letters and digits that may stand in a host name. */
final class Base32 {
  private static final String DIGITS = "abcdefghijklmnopqrstuvwxyz234567";

  private Base32() {}

  /** The first characters of a hexadecimal number, written in lower-case base 32. */
  static String lower(String hex, int length) {
    BigInteger number = new BigInteger(hex, 16);
    int bits = hex.length() * 4;
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= length; i++) {
      int digit = number.shiftRight(bits - 5 * i).intValue() & 31;
      text.append(DIGITS.charAt(digit));
    }
    return text.toString();
  }
}
