/**
 * From a pushed commit to a built revision: builds, their log, and what builder workers may ask.
 *
 * <p>May use accounts, functions, git, releases and templates. Start at {@link
 * lmnop.controlplane.builds.Builds}.
 */
@NullMarked
package lmnop.controlplane.builds;

import org.jspecify.annotations.NullMarked;
