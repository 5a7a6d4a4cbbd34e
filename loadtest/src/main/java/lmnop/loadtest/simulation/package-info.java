/**
 * {@code ./lmnop loadtest}: pushes functions to a platform, lets Gatling ask them, and says what
 * held.
 *
 * <p>The simulations themselves are a module of their own, {@code loadtest/gatling}, which is
 * started as a program. May use {@code platform}. Start at {@link
 * lmnop.loadtest.simulation.LoadTest}.
 */
@NullMarked
package lmnop.loadtest.simulation;

import org.jspecify.annotations.NullMarked;
