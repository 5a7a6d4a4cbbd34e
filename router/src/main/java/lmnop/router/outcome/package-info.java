/**
 * How a request ends: a closed list, and what a caller reads of each.
 *
 * <p>Depends on nothing of ours. Start at {@link lmnop.router.outcome.Outcome}.
 */
@NullMarked
package lmnop.router.outcome;

import org.jspecify.annotations.NullMarked;
