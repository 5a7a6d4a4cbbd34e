/** Tests of the package {@code lmnop.provider.isolation}. */
@NullMarked
package lmnop.provider.isolation;

import org.jspecify.annotations.NullMarked;
