/** Tests of scaling by load. */
@NullMarked
package lmnop.provider.scaling;

import org.jspecify.annotations.NullMarked;
