/**
 * What a build leaves: layers, the bundle that holds them, the store of bundles, and the layers of
 * dependencies that are kept between builds.
 *
 * <p>May use {@code lmnop.operations.archive} only. Start at {@link
 * lmnop.builderworker.artifact.ArtifactStore}.
 */
@NullMarked
package lmnop.builderworker.artifact;

import org.jspecify.annotations.NullMarked;
