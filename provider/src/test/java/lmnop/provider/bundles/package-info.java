/** Tests of the package {@code lmnop.provider.bundles}. */
@NullMarked
package lmnop.provider.bundles;

import org.jspecify.annotations.NullMarked;
