/** Tests of the demonstration's git and of its refusals. */
@NullMarked
package lmnop.standalone.demo;

import org.jspecify.annotations.NullMarked;
