/**
 * How many requests of a function, and of each of its clients, are let through.
 *
 * <p>May use the registry's table. Start at {@link lmnop.router.limits.Rates}.
 */
@NullMarked
package lmnop.router.limits;

import org.jspecify.annotations.NullMarked;
