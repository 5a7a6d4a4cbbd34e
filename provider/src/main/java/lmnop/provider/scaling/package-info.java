/**
 * Scaling by load: what the routers report becomes a number of instances.
 *
 * <p>What is decided is a function of what was seen ({@link lmnop.provider.scaling.History}) and of
 * what was asked for ({@link lmnop.provider.scaling.Policy}), so that tests live through hours in
 * milliseconds. May use the provider API's handlers and the registry. Start at {@link
 * lmnop.provider.scaling.Autoscaler}.
 */
@NullMarked
package lmnop.provider.scaling;

import org.jspecify.annotations.NullMarked;
