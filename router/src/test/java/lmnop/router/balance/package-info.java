/** Tests of what the package of the same name promises. */
@NullMarked
package lmnop.router.balance;

import org.jspecify.annotations.NullMarked;
