/** Tests of the command line, the data directory and its lock. */
@NullMarked
package lmnop.standalone.data;

import org.jspecify.annotations.NullMarked;
