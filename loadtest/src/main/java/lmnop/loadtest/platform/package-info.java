/**
 * A platform that a measurement or an end-to-end test starts, pushes to, hurts and stops.
 *
 * <p>Knows the platform only from outside: its launcher's jar, git and HTTP. Start at {@link
 * lmnop.loadtest.platform.RunningPlatform}.
 */
@NullMarked
package lmnop.loadtest.platform;

import org.jspecify.annotations.NullMarked;
