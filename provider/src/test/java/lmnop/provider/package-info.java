/** Tests of the package {@code lmnop.provider}. */
@NullMarked
package lmnop.provider;

import org.jspecify.annotations.NullMarked;
