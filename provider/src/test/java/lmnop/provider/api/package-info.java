/** Tests of the package {@code lmnop.provider.api}. */
@NullMarked
package lmnop.provider.api;

import org.jspecify.annotations.NullMarked;
