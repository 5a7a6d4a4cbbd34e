/** Tests of the package {@code lmnop.providerapi}. */
@NullMarked
package lmnop.providerapi;

import org.jspecify.annotations.NullMarked;
