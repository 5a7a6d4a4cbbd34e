package lmnop.provider.isolation;

import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of IPv4 addresses, written {@code 10.214.0.0/16}.
 *
 * @param first the network's address as a number
 * @param bits of the prefix
 */
record AddressRange(long first, int bits) {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");
  private static final int SMALLEST = 29; // of 8 addresses, 5 are for instances
  private static final int LARGEST = 12;

  AddressRange {
    long mask = (1L << (32 - bits)) - 1;
    if (bits < LARGEST || bits > SMALLEST || (first & mask) != 0 || !isPrivate(first)) {
      throw new IllegalArgumentException(
          "'%s/%d' cannot hold instances: the address of a private network is expected, /%d to /%d"
              .formatted(text(first), bits, LARGEST, SMALLEST));
    }
  }

  static AddressRange parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no range of addresses: one like 10.214.0.0/16 is expected");
    }
    long first = 0;
    for (int group = 1; group <= 4; group++) {
      int part = Integer.parseInt(matcher.group(group));
      if (part > 255) {
        throw new IllegalArgumentException("'" + text + "' is no range of addresses");
      }
      first = first << 8 | part;
    }
    return new AddressRange(first, Integer.parseInt(matcher.group(5)));
  }

  private static boolean isPrivate(long address) {
    return address >> 24 == 10
        || address >> 20 == (172 << 4 | 1)
        || address >> 16 == (192 << 8 | 168)
        || address >> 22 == (100 << 2 | 1);
  }

  /** The machine's own address towards every instance. */
  String gateway() {
    return text(first + 1);
  }

  /** How many instances fit: all but the network's, the gateway's and the last address. */
  int size() {
    return (int) ((1L << (32 - bits)) - 3);
  }

  /** The address of a place, from 0 on. */
  String address(int place) {
    return text(first + 2 + place);
  }

  /** The place that has the address. */
  int place(String address) {
    return (int) (number(address) - first - 2);
  }

  static long number(String address) {
    try {
      long number = 0;
      for (byte part : InetAddress.ofLiteral(address).getAddress()) {
        number = number << 8 | (part & 0xff);
      }
      return number;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'" + address + "' is no IPv4 address", e);
    }
  }

  static String text(long number) {
    return "%d.%d.%d.%d"
        .formatted(number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255);
  }

  @Override
  public String toString() {
    return text(first) + "/" + bits;
  }
}
