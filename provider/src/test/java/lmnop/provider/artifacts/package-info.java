/** Tests of the package {@code lmnop.provider.artifacts}. */
@NullMarked
package lmnop.provider.artifacts;

import org.jspecify.annotations.NullMarked;
