/**
 * A platform under pushes: how long one takes and where its time goes, how long a sleeping function
 * takes to answer, and what many builds and a large push do.
 *
 * <p>Start at {@link lmnop.loadtest.bench.push.PushBench}.
 */
@NullMarked
package lmnop.loadtest.bench.push;

import org.jspecify.annotations.NullMarked;
