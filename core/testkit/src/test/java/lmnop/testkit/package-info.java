/** Tests of the package {@code lmnop.testkit}. */
@NullMarked
package lmnop.testkit;

import org.jspecify.annotations.NullMarked;
