/** Tests of the package {@code lmnop.provider.output}. */
@NullMarked
package lmnop.provider.output;

import org.jspecify.annotations.NullMarked;
