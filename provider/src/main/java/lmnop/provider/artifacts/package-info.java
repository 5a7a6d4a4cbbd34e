/**
 * Artifacts: what a build leaves and the process engine runs, bundles and images, verified and
 * unpacked once.
 *
 * <p>May use images and operations. Start at {@link lmnop.provider.artifacts.Artifacts}.
 */
@NullMarked
package lmnop.provider.artifacts;

import org.jspecify.annotations.NullMarked;
