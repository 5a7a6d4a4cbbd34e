/** The edge: takes requests from outside to a function's ready instance. */
@NullMarked
package lmnop.router;

import org.jspecify.annotations.NullMarked;
