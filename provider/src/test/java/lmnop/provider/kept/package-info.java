/** Tests of the package {@code lmnop.provider.kept}. */
@NullMarked
package lmnop.provider.kept;

import org.jspecify.annotations.NullMarked;
