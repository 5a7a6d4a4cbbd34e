/**
 * Steps of a request one by one, measured by JMH: time, and bytes allocated.
 *
 * <p>The benchmarks stand in the packages of what they measure. Start at {@link lmnop.jmh.JmhMain}.
 */
@NullMarked
package lmnop.jmh;

import org.jspecify.annotations.NullMarked;
