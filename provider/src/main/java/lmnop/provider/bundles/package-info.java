/**
 * Bundles: what a build leaves for the process engine, verified and unpacked once.
 *
 * <p>Depends on operations only. Start at {@link lmnop.provider.bundles.BundleStore}.
 */
@NullMarked
package lmnop.provider.bundles;

import org.jspecify.annotations.NullMarked;
