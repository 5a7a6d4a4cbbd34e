package lmnop.loadtest.bench.push;

/**
 * How often is measured, and how much at once.
 *
 * @param warmUps pushes of each function before the first that counts
 * @param pushes of each function
 * @param wakes of each function
 * @param builds in the queue
 * @param buildSeconds that a step of each of them sleeps
 * @param mebibytes of the large push
 * @param pages that are asked for of each kind
 */
record Lengths(
    int warmUps, int pushes, int wakes, int builds, int buildSeconds, int mebibytes, int pages) {
  static final Lengths FULL = new Lengths(5, 15, 50, 100, 2, 1024, 200);
  static final Lengths QUICK = new Lengths(1, 3, 3, 12, 2, 128, 20);
}
