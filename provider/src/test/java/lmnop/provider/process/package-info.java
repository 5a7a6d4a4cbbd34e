/** Tests of the package {@code lmnop.provider.process}. */
@NullMarked
package lmnop.provider.process;

import org.jspecify.annotations.NullMarked;
