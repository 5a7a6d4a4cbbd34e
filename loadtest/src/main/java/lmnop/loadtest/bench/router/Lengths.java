package lmnop.loadtest.bench.router;

/**
 * How often and how long is measured.
 *
 * @param quick for a look in between: a virtual machine does not get warm in it
 * @param rounds of each proxy, in turn
 * @param seconds of a round
 * @param warmUp seconds, of what runs in a virtual machine
 * @param firstMinute seconds
 * @param functions in the large database
 * @param changes whose way to the router is measured
 */
record Lengths(
    boolean quick,
    int rounds,
    int seconds,
    int warmUp,
    int firstMinute,
    int functions,
    int changes) {
  static final Lengths FULL = new Lengths(false, 9, 5, 30, 60, 1_000_000, 300);
  static final Lengths QUICK = new Lengths(true, 3, 2, 5, 8, 50_000, 30);
}
