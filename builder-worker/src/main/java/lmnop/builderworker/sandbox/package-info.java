/**
 * Where other people's code runs during a build: a command with its places, network and limits, and
 * the walls around it.
 *
 * <p>Knows nothing of builds and templates. Start at {@link lmnop.builderworker.sandbox.Sandbox}.
 */
@NullMarked
package lmnop.builderworker.sandbox;

import org.jspecify.annotations.NullMarked;
