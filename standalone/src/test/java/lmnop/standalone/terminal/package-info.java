/** Tests of what a person sees. */
@NullMarked
package lmnop.standalone.terminal;

import org.jspecify.annotations.NullMarked;
