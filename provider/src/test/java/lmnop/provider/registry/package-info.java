/** Tests of the package {@code lmnop.provider.registry}. */
@NullMarked
package lmnop.provider.registry;

import org.jspecify.annotations.NullMarked;
