/** Tests of the router as a whole, and what its tests share. */
@NullMarked
package lmnop.router;

import org.jspecify.annotations.NullMarked;
