/** Tests of what the package of the same name promises. */
@NullMarked
package lmnop.router.resolve;

import org.jspecify.annotations.NullMarked;
