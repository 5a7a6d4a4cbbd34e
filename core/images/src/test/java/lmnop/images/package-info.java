/** Tests of names, and of the client against a real registry. */
@NullMarked
package lmnop.images;

import org.jspecify.annotations.NullMarked;
