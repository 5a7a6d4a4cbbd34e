/**
 * What {@code ./lmnop bench} measures: each bench prints a table of its own.
 *
 * <p>May use platform and load. Start at {@link lmnop.loadtest.bench.FirstPathBench}.
 */
@NullMarked
package lmnop.loadtest.bench;

import org.jspecify.annotations.NullMarked;
