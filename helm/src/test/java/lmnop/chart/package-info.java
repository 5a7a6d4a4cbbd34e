/**
 * The chart and the file for compose, as an operator's cluster would read them.
 *
 * <p>May use no other package. Start at {@link lmnop.chart.Chart}.
 */
@NullMarked
package lmnop.chart;

import org.jspecify.annotations.NullMarked;
