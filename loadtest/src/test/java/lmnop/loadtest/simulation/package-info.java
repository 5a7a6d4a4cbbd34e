/** What {@code ./lmnop loadtest} understands, and how it judges. */
@NullMarked
package lmnop.loadtest.simulation;

import org.jspecify.annotations.NullMarked;
