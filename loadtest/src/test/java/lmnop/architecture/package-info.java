/** Tests of the whole: which part may know which, and what the parts are built from. */
@NullMarked
package lmnop.architecture;

import org.jspecify.annotations.NullMarked;
