/**
 * Load at a steady rate, and what came of it.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.loadtest.load.SteadyLoad}.
 */
@NullMarked
package lmnop.loadtest.load;

import org.jspecify.annotations.NullMarked;
