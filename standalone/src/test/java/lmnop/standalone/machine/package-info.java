/** Tests of what is read from the machine. */
@NullMarked
package lmnop.standalone.machine;

import org.jspecify.annotations.NullMarked;
