/** Tests of every refusal before the start, and of the doctor. */
@NullMarked
package lmnop.standalone.checks;

import org.jspecify.annotations.NullMarked;
